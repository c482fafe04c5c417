"""What may become of a container that follows versions."""

from __future__ import annotations

import pytest

from watch_cluster.domain.images.reference import ImageReference
from watch_cluster.domain.policy.policy import Target
from watch_cluster.domain.update.by_version import candidates
from watch_cluster.domain.update.decision import Held, HoldReason, UpToDate
from watch_cluster.domain.versions.strategy import VersionStrategy

OTHER = "sha256:" + "1" * 64
DIGEST = "sha256:" + "0" * 64


def a_target(image: str) -> Target:
    return Target("app", ImageReference.parse(image), VersionStrategy())


@pytest.mark.parametrize(
    ("image", "candidate"),
    [
        pytest.param("shop:1.0.0", "shop:1.0.1", id="a short name stays short"),
        pytest.param("docker.io/library/shop:1.0.0", "docker.io/library/shop:1.0.1", id="a long name stays long"),
        pytest.param(f"shop:1.0.0@{DIGEST}", "shop:1.0.1", id="the digest of another tag goes"),
        pytest.param("registry.example:5000/a/shop:1.0.0", "registry.example:5000/a/shop:1.0.1", id="a port stays"),
    ],
)
def test_a_newer_version_is_an_update_written_as_the_owner_writes(image: str, candidate: str) -> None:
    found = candidates(a_target(image), VersionStrategy(), ["1.0.0", "1.0.1"])

    assert isinstance(found, tuple)
    [decision] = found
    assert (decision.container, str(decision.current), str(decision.candidate)) == ("app", image, candidate)
    assert str(decision) == f"update to {candidate}"
    assert [each.tag for each in decision.evaluated_tags] == ["1.0.1"]


def test_up_to_date_lists_the_rejected_tags() -> None:
    decision = candidates(a_target("shop:1.0.0"), VersionStrategy(), ["1.0.0", "1.0.1-alpine"])

    assert isinstance(decision, UpToDate)
    assert str(decision) == "up to date"
    assert [(each.tag, each.kept) for each in decision.evaluated_tags] == [("1.0.1-alpine", False)]


@pytest.mark.parametrize(
    ("image", "reason", "words"),
    [
        pytest.param("shop:stable", HoldReason.TAG_NOT_A_VERSION, "tag 'stable' is no version", id="a name for a tag"),
        pytest.param("shop", HoldReason.TAG_NOT_A_VERSION, "tag 'latest' is no version", id="no tag means latest"),
        pytest.param(f"shop@{DIGEST}", HoldReason.NO_TAG, "write a tag before the digest", id="only a digest"),
    ],
)
def test_an_image_that_cannot_be_followed_is_held_with_a_remedy(image: str, reason: HoldReason, words: str) -> None:
    decision = candidates(a_target(image), VersionStrategy(), ["1.0.0", "1.0.1"])

    assert isinstance(decision, Held)
    assert (decision.reason, decision.container) == (reason, "app")
    assert words in decision.message
    assert repr(image) in decision.message
    assert str(decision) == f"held back: {reason}"


def test_a_candidate_is_pinned_with_the_digest_of_its_own_tag() -> None:
    found = candidates(a_target(f"shop:1.0.0@{DIGEST}"), VersionStrategy(), ["1.0.1"])
    assert isinstance(found, tuple)
    [decision] = found
    assert str(decision.pinned(OTHER).candidate) == f"shop:1.0.1@{OTHER}"
    assert decision.ran == DIGEST


def test_a_tag_that_is_no_version_may_be_followed_by_its_digest() -> None:
    decision = candidates(a_target("shop:stable"), VersionStrategy(), [])
    assert isinstance(decision, Held)
    assert "watch-cluster.io/strategy: latest" in decision.message


@pytest.mark.parametrize(
    ("image", "tags", "reason", "words"),
    [
        pytest.param(
            "httpd:2.4.59-bookworm", ["2.4.66-trixie"], HoldReason.LEFT_BEHIND, "gone on to 2.4.66-trixie", id="base"
        ),
        pytest.param(
            "db:pg15.5-ts2.13.0",
            ["pg16.1-ts2.13.0"],
            HoldReason.TWO_VERSIONS,
            "tag-pattern, such as",
            id="two versions",
        ),
    ],
)
def test_an_ambiguous_list_is_held_with_a_remedy(image: str, tags: list[str], reason: HoldReason, words: str) -> None:
    decision = candidates(a_target(image), VersionStrategy(), tags)
    assert isinstance(decision, Held)
    assert decision.reason is reason
    assert words in decision.message


def a_database(image: str) -> Target:
    return Target("db", ImageReference.parse(image), VersionStrategy(), database="PostgreSQL")


def test_a_database_stays_in_its_major_version_while_that_has_something_newer() -> None:
    found = candidates(a_database("postgres:15.3"), VersionStrategy(), ["15.4", "16.1"])
    assert isinstance(found, tuple)
    assert [str(each.candidate) for each in found] == ["postgres:15.4"]
    assert [(each.tag, each.kept) for each in found[0].evaluated_tags] == [("16.1", False), ("15.4", True)]


def test_the_next_major_version_of_a_database_is_held_and_names_both_strategies() -> None:
    decision = candidates(a_database("postgres:15.4"), VersionStrategy(), ["15.4", "16.1"])
    assert isinstance(decision, Held)
    assert decision.reason is HoldReason.MAJOR_VERSION_OF_DATABASE
    assert "strategy: version-lock-major to stay" in decision.message
    assert "strategy: version to have it" in decision.message
    assert decision.update is not None
    assert str(decision.update.candidate) == "postgres:16.1"
