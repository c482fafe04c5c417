"""Tags taken apart and put in order."""

from __future__ import annotations

import string
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watch_cluster.domain.versions.version import InvalidVersion, Version


@pytest.mark.parametrize(
    ("tag", "parts"),
    [
        ("1", {"numbers": (1,)}),
        ("1.25", {"numbers": (1, 25)}),
        ("1.2.3", {"numbers": (1, 2, 3)}),
        ("1.2.3.4", {"numbers": (1, 2, 3, 4)}),
        ("v1.2.3", {"prefix": "v", "numbers": (1, 2, 3)}),
        ("V2", {"prefix": "V", "numbers": (2,)}),
        ("release-1.2", {"prefix": "release-", "numbers": (1, 2)}),
        ("jdk-21.0.2", {"prefix": "jdk-", "numbers": (21, 0, 2)}),
        ("99999999999999999999.0", {"numbers": (99999999999999999999, 0)}),
        ("1.25-alpine", {"numbers": (1, 25), "variant": "-alpine"}),
        ("3.12.1-slim-bookworm", {"numbers": (3, 12, 1), "variant": "-slim-bookworm"}),
        ("1.2.3-alpine3.19", {"numbers": (1, 2, 3), "variant": "-alpine3.19"}),
        ("17.0.2_8-jdk", {"numbers": (17, 0, 2), "variant": "-jdk", "revision": ("_", 8)}),
        ("1.0.0-1", {"numbers": (1, 0, 0), "revision": ("-", 1)}),
        ("1.0.0-r5", {"numbers": (1, 0, 0), "revision": ("r", 5)}),
        ("4.0.9-ls30", {"numbers": (4, 0, 9), "revision": ("ls", 30)}),
        ("1.0.0-build.7", {"numbers": (1, 0, 0), "revision": ("build.", 7)}),
        ("16.1.0-debian-11-r20", {"numbers": (16, 1, 0), "variant": "-debian-11", "revision": ("r", 20)}),
        ("20240115", {"numbers": (20240115,)}),
        ("202401151230", {"numbers": (202401151230,)}),
        ("2026-01-30", {"numbers": (2026, 1, 30)}),
        ("2026-01-30T10-11-12Z", {"numbers": (2026, 1, 30, 101112)}),
        ("2026-01-30t10-11-12z", {"numbers": (2026, 1, 30, 101112)}),
        ("1.2-" + "a" * 124, {"numbers": (1, 2), "variant": "-" + "a" * 124}),
        ("2026.1", {"numbers": (2026, 1)}),
        ("24.04", {"numbers": (24, 4)}),
        ("1.0.0.Final", {"numbers": (1, 0, 0), "variant": ".Final"}),
    ],
)
def test_splits_a_tag(tag: str, parts: dict[str, Any]) -> None:
    version = Version.parse(tag)

    plain = {"prefix": "", "variant": "", "revision": None, "prerelease": None}
    assert {name: getattr(version, name) for name in (*plain, "numbers")} == plain | parts
    assert str(version) == tag


@pytest.mark.parametrize(
    ("tag", "words"),
    [
        pytest.param("latest", "not a prefix", id="a name"),
        pytest.param("stable-alpine", "not a prefix", id="a name with a suffix"),
        pytest.param("8u402", "not a prefix", id="digits glued to letters"),
        pytest.param("2024-02-06b", "not a prefix", id="a repair of a day's release, which comes after it"),
        pytest.param("3.3a", "not a prefix", id="a repair of a release, which comes after it"),
        pytest.param("1.1.1w", "not a prefix", id="a letter after the third number"),
        pytest.param("2024-01-15T10-00", "not a prefix", id="a moment without seconds"),
        pytest.param("1.25.3-1~bookworm", "not a prefix", id="what no tag can hold"),
        pytest.param("1.2.3-\u00e9", "not a prefix", id="a suffix beyond ASCII"),
        pytest.param("\u212a1.2", "not a prefix", id="the sign of the kelvin, which is no k"),
        pytest.param("91230415", "an id", id="a day in seven thousand years"),
        pytest.param("19991231", "an id", id="a day before there were images"),
        pytest.param("sha-abc1234", "commit", id="a commit behind a word"),
        pytest.param("pr-123", "pull request", id="a pull request"),
        pytest.param("git.a1b2c3d", "commit", id="a commit behind a word and a dot"),
        pytest.param("pr-123.4", "pull request", id="a pull request with a count"),
        pytest.param("PR123-alpine", "pull request", id="a pull request with a variant"),
        pytest.param("1.2.3.4.5", "more than 4 numbers", id="five numbers"),
        pytest.param("1.2.3.4.5-alpine", "more than 4 numbers", id="five numbers with a variant"),
        pytest.param(".1.2", "not a prefix", id="a separator in front"),
        pytest.param("1234567", "an id", id="a number too long"),
        pytest.param("20241301", "an id", id="month 13"),
        pytest.param("20240230", "an id", id="30 February"),
        pytest.param("a1b2c3d", "commit", id="a short commit"),
        pytest.param("1e10000", "commit", id="a commit like a number"),
        pytest.param("0" * 39 + "f", "commit", id="a whole commit"),
        pytest.param("sha256-" + "a" * 64, "signature", id="a referrer"),
        pytest.param("1.2.3.sig", "signature", id="a signature"),
        pytest.param("1.2.3.att", "signature", id="an attestation"),
        pytest.param("1.2.3.sbom", "signature", id="a bill of materials"),
        pytest.param("", "not a prefix", id="nothing"),
        pytest.param("1.2.3\n", "not a prefix", id="a line's end"),
        pytest.param("\u0661.\u0662", "not a prefix", id="digits of another script"),
        pytest.param("1" * 129, "longer", id="longer than a tag can be"),
    ],
)
def test_reports_why_a_tag_is_no_version(tag: str, words: str) -> None:
    with pytest.raises(InvalidVersion, match=words) as caught:
        Version.parse(tag)
    assert repr(tag[:128]) in str(caught.value)


@pytest.mark.parametrize(
    "ascending",
    [
        pytest.param(["1.2.9", "1.2.10", "1.3.0", "2.0.0", "10.0.0"], id="numbers, not text"),
        pytest.param(
            [
                "1.0.0-dev",
                "1.0.0-SNAPSHOT",
                "1.0.0-nightly",
                "1.0.0-canary",
                "1.0.0-alpha",
                "1.0.0-alpha.1",
                "1.0.0-alpha.2",
                "1.0.0b1",
                "1.0.0-beta2",
                "1.0.0-M3",
                "1.0.0-ea.1",
                "1.0.0-preview1",
                "1.0.0-rc9",
                "1.0.0-rc.10",
                "1.0.0",
                "1.0.1-dev",
            ],
            id="prereleases",
        ),
        pytest.param(["4.0.9-ls30", "4.0.10-ls1", "4.0.10-ls2", "4.0.10-ls10"], id="revisions"),
        pytest.param(["v0.9-alpine", "v0.10-alpine", "v1.0-alpine"], id="one prefix and one variant"),
        pytest.param(["20231231", "20240101", "20240229"], id="dates"),
        pytest.param(["17.0.2_8-jdk", "17.0.10_1-jdk", "17.0.10_7-jdk"], id="builds"),
        pytest.param(["9999999999999999999.9", "9999999999999999999.10", "10000000000000000000.0"], id="any size"),
    ],
)
def test_versions_of_one_family_have_an_order(ascending: list[str]) -> None:
    versions = [Version.parse(tag) for tag in ascending]

    assert len({version.family for version in versions}) == 1
    assert all(earlier.key < later.key for earlier, later in pairwise(versions))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param("1.25", "1.25.3", id="another count of numbers"),
        pytest.param("1.2.3", "v1.2.3", id="another prefix"),
        pytest.param("1.2.3", "1.2.3-alpine", id="with and without a variant"),
        pytest.param("1.2.3-alpine3.18", "1.2.3-alpine3.19", id="another variant"),
        pytest.param("4.0.9-ls30", "4.0.10", id="with and without revisions"),
        pytest.param("1.0.0-r1", "1.0.0-1", id="revisions of another kind"),
        pytest.param("22", "20240115", id="a number and a date"),
        pytest.param("5", "2024", id="a number and a year"),
        pytest.param("9.1", "2024.1", id="numbers and a calendar version"),
        pytest.param("20240115", "202401151230", id="a day and a minute"),
        pytest.param("2024.01.15", "2024-01-15", id="other separators"),
        pytest.param("2024", "202401", id="a year and a month"),
        pytest.param("2024", "10433", id="a year and an id"),
        pytest.param("10433", "240115", id="ids of different lengths"),
        pytest.param("1.2.3", "1.2.20240115", id="a release and a build of some day"),
        pytest.param("1.0.0_1", "1.0.0_1234567", id="a counted build and a commit"),
        pytest.param("1.0.0-a", "1.0.0", id="one letter without a number is no prerelease"),
    ],
)
def test_tags_of_different_families_cannot_be_compared(one: str, other: str) -> None:
    assert Version.parse(one).family != Version.parse(other).family


@pytest.mark.parametrize(
    ("tag", "shape"),
    [
        ("7", "1 numbers"),
        ("999", "1 numbers"),
        ("1000", "1 from a year"),
        ("9999", "1 from a year"),
        ("10000", "1 of 5 digits"),
        ("999999", "1 of 6 digits"),
        ("20240115", "date of 8 digits"),
        ("202401151230", "date of 12 digits"),
        ("20240115123059", "date of 14 digits"),
        ("999.1", "2 numbers with ."),
        ("1000.1", "2 from a year with ."),
        ("1.2.999999", "3 numbers with ."),
        ("1.2.1000000", "3 numbers, a date or an id among them, with ."),
        ("2026-01-30", "3 from a year with -"),
        ("2026-01-30T10-11-12Z", "moment"),
    ],
)
def test_a_shape_describes_how_the_numbers_are_written(tag: str, shape: str) -> None:
    assert Version.parse(tag).family.shape == shape


def test_a_zero_in_front_makes_no_other_version() -> None:
    assert Version.parse("1.2.3").key == Version.parse("01.2.3").key
    assert Version.parse("1.2.3").family == Version.parse("01.2.3").family


TAGS = st.from_regex(
    r"v?(0|[1-9][0-9]{0,3})(\.(0|[1-9][0-9]{0,2})){0,3}(-?(rc|beta)[0-9]{0,2})?(-alpine)?(-r[0-9])?", fullmatch=True
)


@given(TAGS)
def test_a_well_formed_tag_is_a_version_and_is_written_back_as_it_was(tag: str) -> None:
    assert str(Version.parse(tag)) == tag


@given(st.lists(TAGS, max_size=20))
def test_in_a_family_the_order_is_total(tags: list[str]) -> None:
    families: dict[object, list[Version]] = {}
    for tag in tags:
        version = Version.parse(tag)
        families.setdefault(version.family, []).append(version)
    for versions in families.values():
        for one in versions:
            for other in versions:
                assert (one.key < other.key) + (other.key < one.key) + (one.key == other.key) == 1
        ordered = sorted(versions, key=lambda each: each.key)
        assert all(earlier.key <= later.key for earlier, later in pairwise(ordered))


@given(st.text(alphabet=string.ascii_letters + string.digits + "._-", max_size=140))
def test_any_text_is_a_version_or_the_declared_error(tag: str) -> None:
    try:
        version = Version.parse(tag)
    except InvalidVersion as error:
        assert "\n" not in str(error)  # noqa: PT017 - either is right
    else:
        assert 1 <= len(version.numbers) <= 4
        assert version.key == version.key
        assert tag.startswith(version.prefix)
        assert tag.endswith(version.variant) or version.revision is not None
