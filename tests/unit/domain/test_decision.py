"""What a check comes to for one container."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.unit.domain.workloads import NOON, a_workload
from watch_cluster.domain.decision import (
    HeldBack,
    Hold,
    Update,
    UpToDate,
    decide,
    decide_digest,
    held_before_asking,
)
from watch_cluster.domain.image import ImageReference
from watch_cluster.domain.policy import Target
from watch_cluster.domain.rollout import RolloutRecord
from watch_cluster.domain.running import Published, Running, RunningImage
from watch_cluster.domain.strategy import LatestStrategy, VersionStrategy
from watch_cluster.domain.workload import ImageChange

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
    decision = decide(a_target(image), VersionStrategy(), ["1.0.0", "1.0.1"])

    assert isinstance(decision, Update)
    assert (decision.container, str(decision.current), str(decision.candidate)) == ("app", image, candidate)
    assert str(decision) == f"update to {candidate}"
    assert [each.tag for each in decision.considered] == ["1.0.1"]


def test_nothing_newer_is_up_to_date_and_tells_what_was_rejected() -> None:
    decision = decide(a_target("shop:1.0.0"), VersionStrategy(), ["1.0.0", "1.0.1-alpine"])

    assert isinstance(decision, UpToDate)
    assert str(decision) == "up to date"
    assert [(each.tag, each.kept) for each in decision.considered] == [("1.0.1-alpine", False)]


@pytest.mark.parametrize(
    ("image", "reason", "words"),
    [
        pytest.param("shop:stable", Hold.TAG_NOT_A_VERSION, "tag 'stable' is no version", id="a name for a tag"),
        pytest.param("shop", Hold.TAG_NOT_A_VERSION, "tag 'latest' is no version", id="no tag means latest"),
        pytest.param(f"shop@{DIGEST}", Hold.NO_TAG, "write a tag before the digest", id="only a digest"),
    ],
)
def test_what_cannot_be_followed_is_held_back_with_what_to_do(image: str, reason: Hold, words: str) -> None:
    decision = decide(a_target(image), VersionStrategy(), ["1.0.0", "1.0.1"])

    assert isinstance(decision, HeldBack)
    assert (decision.reason, decision.container) == (reason, "app")
    assert words in decision.message
    assert repr(image) in decision.message
    assert str(decision) == f"held back: {reason}"


def test_a_candidate_is_pinned_with_the_digest_of_its_own_tag() -> None:
    decision = decide(a_target(f"shop:1.0.0@{DIGEST}"), VersionStrategy(), ["1.0.1"])
    assert isinstance(decision, Update)
    assert str(decision.pinned(OTHER).candidate) == f"shop:1.0.1@{OTHER}"
    assert decision.ran == DIGEST


def test_a_tag_that_is_no_version_may_be_followed_by_its_digest() -> None:
    decision = decide(a_target("shop:stable"), VersionStrategy(), [])
    assert isinstance(decision, HeldBack)
    assert "watch-cluster.io/strategy: latest" in decision.message


OTHER = "sha256:" + "1" * 64
PART = "sha256:" + "2" * 64
RUNS = RunningImage(DIGEST)


def digest_target(image: str = "shop:latest", *, pinned: bool = True) -> Target:
    return Target("app", ImageReference.parse(image), LatestStrategy(), pinned)


@pytest.mark.parametrize(
    ("image", "running", "ran"),
    [
        pytest.param("shop", (RUNS,), DIGEST, id="an untagged image"),
        pytest.param("shop:edge", (RUNS, RUNS, RunningImage(PART)), DIGEST, id="most run one digest"),
        pytest.param(f"shop:latest@{DIGEST}", (RUNS,), DIGEST, id="a pinned image"),
        pytest.param("shop", (RUNS, RunningImage(PART)), None, id="all have changed, to different ones"),
    ],
)
def test_a_tag_that_stands_for_something_else_is_an_update_to_its_digest(
    image: str, running: Running, ran: str | None
) -> None:
    target = digest_target(image)
    decision = decide_digest(target, a_workload(image), running, Published(OTHER))
    assert isinstance(decision, Update)
    assert str(decision.candidate) == f"{target.image.name}:{target.image.effective_tag}@{OTHER}"
    assert (decision.ran, decision.digest) == (ran, None)


@pytest.mark.parametrize(
    "running",
    [
        pytest.param((RunningImage(OTHER),), id="the digest of the tag"),
        pytest.param((RunningImage(PART),), id="the digest of a platform"),
        pytest.param((RunningImage(PART, bare=True),), id="the digest of a configuration"),
        pytest.param((RunningImage(OTHER), RunningImage(PART), RUNS), id="most instances"),
    ],
)
def test_what_runs_already_is_not_even_pinned(running: Running) -> None:
    published = Published(OTHER, frozenset({PART}))
    assert isinstance(decide_digest(digest_target(), a_workload("shop:latest"), running, published), UpToDate)


@pytest.mark.parametrize(
    "running",
    [
        pytest.param((None,), id="no digest"),
        pytest.param((RunningImage(DIGEST, bare=True),), id="a configuration of something else"),
        pytest.param((RUNS, RunningImage(OTHER)), id="no majority"),
    ],
)
def test_what_cannot_be_compared_is_left_alone(running: Running) -> None:
    decision = decide_digest(digest_target(), a_workload("shop:latest"), running, Published(OTHER))
    assert isinstance(decision, HeldBack)
    assert decision.reason is Hold.RUNNING_DIGEST_UNKNOWN


def test_an_unpinned_image_is_started_anew_for_the_digest_and_not_twice_for_the_same() -> None:
    target = digest_target(pinned=False)
    workload = a_workload("shop:latest")

    decision = decide_digest(target, workload, (RUNS,), Published(OTHER))
    again = decide_digest(target, replace(workload, template_digest=OTHER), (RUNS,), Published(OTHER))

    assert isinstance(decision, Update)
    assert (decision.candidate, decision.digest) == (target.image, OTHER)
    assert str(decision) == f"update to shop:latest@{OTHER}"
    assert isinstance(again, HeldBack)
    assert again.reason is Hold.UNPINNED_AGAIN


@pytest.mark.parametrize(("repeats", "held"), [(0, False), (1, True)])
def test_what_somebody_unpins_twice_is_left_alone_while_the_digest_is_the_same(repeats: int, *, held: bool) -> None:
    step = ImageChange("app", "shop:latest", f"shop:latest@{OTHER}")
    record = replace(
        RolloutRecord.begin(a_workload("shop:latest"), (step,), timedelta(minutes=10), NOON), repeats=repeats
    )
    workload = a_workload("shop:latest", rollout=str(record))

    same = decide_digest(digest_target(), workload, (RUNS,), Published(OTHER))
    another = decide_digest(digest_target(), workload, (RUNS,), Published(PART))

    assert isinstance(same, HeldBack) is held
    assert isinstance(another, Update)


@pytest.mark.parametrize(
    ("image", "running", "reason"),
    [
        pytest.param(f"shop@{DIGEST}", (RUNS,), Hold.NO_TAG, id="a digest alone"),
        pytest.param("shop", (), Hold.NOTHING_RUNS, id="no instances"),
        pytest.param("shop", None, Hold.RUNNING_DIGEST_UNKNOWN, id="nobody tells"),
        pytest.param("shop", (RUNS,), None, id="nothing"),
    ],
)
def test_some_things_are_known_before_the_registry_is_asked(
    image: str, running: Running | None, reason: Hold | None
) -> None:
    held = held_before_asking(digest_target(image), running)
    assert (held.reason if held else None) is reason
