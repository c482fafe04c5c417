"""Running images, parsed from image IDs and compared with published ones."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watch_cluster.domain.workload.running_digests import (
    DigestComparison,
    PublishedImage,
    RunningDigests,
    RunningImage,
    compare_digests,
    majority_digest,
)

ONE, TWO, THREE = (f"sha256:{digit * 64}" for digit in "123")


@pytest.mark.parametrize(
    ("image_id", "expected"),
    [
        pytest.param(f"docker.io/library/nginx@{ONE}", RunningImage(ONE), id="containerd"),
        pytest.param(f"docker-pullable://nginx@{ONE}", RunningImage(ONE), id="dockershim"),
        pytest.param(f"other.example/app@{ONE}", RunningImage(ONE), id="another repository's name"),
        pytest.param(ONE, RunningImage(ONE, bare=True), id="loaded by hand"),
        pytest.param(f"docker://{ONE}", RunningImage(ONE, bare=True), id="loaded by hand, dockershim"),
        pytest.param("1" * 64, RunningImage(ONE, bare=True), id="CRI-O"),
        pytest.param("1" * 63, None, id="too few digits"),
        pytest.param("", None, id="nothing yet"),
        pytest.param("nginx:1.27", None, id="a tag"),
        pytest.param("nginx@sha256:123", None, id="half a digest"),
    ],
)
def test_parses_every_form_of_an_image_id(image_id: str, expected: RunningImage | None) -> None:
    assert RunningImage.parse(image_id) == expected


@given(st.text(max_size=100))
def test_any_text_is_an_image_id_or_none(image_id: str) -> None:
    running = RunningImage.parse(image_id)
    assert running is None or running.digest.removeprefix("sha256:") in image_id


@pytest.mark.parametrize(
    ("running", "expected"),
    [
        pytest.param((), DigestComparison.UNKNOWN, id="no replicas"),
        pytest.param((RunningImage(ONE),), DigestComparison.CURRENT, id="the same"),
        pytest.param((RunningImage(TWO),), DigestComparison.CURRENT, id="a part of it"),
        pytest.param((RunningImage(THREE),), DigestComparison.CHANGED, id="another"),
        pytest.param((RunningImage(THREE, bare=True),), DigestComparison.UNKNOWN, id="another configuration"),
        pytest.param((RunningImage(ONE), RunningImage(THREE)), DigestComparison.UNKNOWN, id="half and half"),
        pytest.param((RunningImage(ONE), None, None), DigestComparison.UNKNOWN, id="most do not tell"),
        pytest.param((RunningImage(THREE), RunningImage(THREE), None), DigestComparison.CHANGED, id="most are another"),
        pytest.param((RunningImage(ONE), RunningImage(THREE), None), DigestComparison.UNKNOWN, id="all differ"),
        pytest.param(
            (RunningImage(ONE),) * 3 + (RunningImage(THREE),) * 2 + (None,) * 2,
            DigestComparison.UNKNOWN,
            id="three of seven",
        ),
    ],
)
def test_compares_by_majority(running: RunningDigests, expected: DigestComparison) -> None:
    assert compare_digests(running, PublishedImage(ONE, frozenset({TWO}))) is expected


@pytest.mark.parametrize(
    ("running", "expected"),
    [
        pytest.param((), None, id="no replicas"),
        pytest.param((RunningImage(ONE), RunningImage(ONE), None), ONE, id="a majority"),
        pytest.param((RunningImage(ONE), RunningImage(TWO)), None, id="none"),
        pytest.param((RunningImage(ONE), RunningImage(TWO), RunningImage(THREE)), None, id="all differ"),
        pytest.param((RunningImage(ONE),) * 3 + (RunningImage(TWO),) * 4, TWO, id="four of seven"),
        pytest.param((RunningImage(ONE),) * 3 + (RunningImage(TWO),) * 2 + (None,) * 2, None, id="three of seven"),
        pytest.param((RunningImage(ONE, bare=True),), None, id="a configuration cannot be pulled"),
        pytest.param((None, None), None, id="it is unknown"),
    ],
)
def test_finds_the_digest_of_the_majority(running: RunningDigests, expected: str | None) -> None:
    assert majority_digest(running) == expected
