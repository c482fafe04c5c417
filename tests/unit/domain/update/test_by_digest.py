"""What becomes of a container that follows what its tag stands for."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.unit.domain.workloads import NOON, a_workload
from watch_cluster.domain.images.reference import ImageReference
from watch_cluster.domain.policy.policy import Target
from watch_cluster.domain.policy.rollout_settings import RolloutSettings
from watch_cluster.domain.rollout.changes import new_record
from watch_cluster.domain.update.by_digest import decide_digest, held_before_query
from watch_cluster.domain.update.decision import Held, HoldReason, Update, UpToDate
from watch_cluster.domain.versions.strategy import LatestStrategy
from watch_cluster.domain.workload.running_digests import PublishedImage, RunningDigests, RunningImage
from watch_cluster.domain.workload.workload import ImageChange

DIGEST = "sha256:" + "0" * 64
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
def test_a_moved_tag_is_an_update_to_its_digest(image: str, running: RunningDigests, ran: str | None) -> None:
    target = digest_target(image)
    decision = decide_digest(target, a_workload(image), running, PublishedImage(OTHER))
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
def test_a_running_image_is_not_pinned(running: RunningDigests) -> None:
    published = PublishedImage(OTHER, frozenset({PART}))
    assert isinstance(decide_digest(digest_target(), a_workload("shop:latest"), running, published), UpToDate)


@pytest.mark.parametrize(
    "running",
    [
        pytest.param((None,), id="no digest"),
        pytest.param((RunningImage(DIGEST, bare=True),), id="a configuration of something else"),
        pytest.param((RUNS, RunningImage(OTHER)), id="no majority"),
    ],
)
def test_an_unknown_running_digest_is_held(running: RunningDigests) -> None:
    decision = decide_digest(digest_target(), a_workload("shop:latest"), running, PublishedImage(OTHER))
    assert isinstance(decision, Held)
    assert decision.reason is HoldReason.RUNNING_DIGEST_UNKNOWN


def test_an_unpinned_image_is_restarted_once_per_digest() -> None:
    target = digest_target(pinned=False)
    workload = a_workload("shop:latest")

    decision = decide_digest(target, workload, (RUNS,), PublishedImage(OTHER))
    again = decide_digest(target, replace(workload, template_digest=OTHER), (RUNS,), PublishedImage(OTHER))

    assert isinstance(decision, Update)
    assert (decision.candidate, decision.digest) == (target.image, OTHER)
    assert str(decision) == f"update to shop:latest@{OTHER}"
    assert isinstance(again, Held)
    assert again.reason is HoldReason.UNPINNED_AGAIN


@pytest.mark.parametrize(("repeats", "held"), [(0, False), (1, True), (2, True)])
def test_an_image_that_was_unpinned_twice_stays_while_the_digest_is_the_same(repeats: int, *, held: bool) -> None:
    step = ImageChange("app", "shop:latest", f"shop:latest@{OTHER}")
    record = replace(
        new_record(a_workload("shop:latest"), (step,), RolloutSettings(timedelta(minutes=10)), NOON), repeats=repeats
    )
    workload = a_workload("shop:latest", rollout=str(record))

    same = decide_digest(digest_target(), workload, (RUNS,), PublishedImage(OTHER))
    sidecar = replace(digest_target(), container="sidecar")
    assert isinstance(decide_digest(sidecar, workload, (RUNS,), PublishedImage(OTHER)), Update), "of another container"
    another = decide_digest(digest_target(), workload, (RUNS,), PublishedImage(PART))

    assert isinstance(same, Held) is held
    assert isinstance(another, Update)


@pytest.mark.parametrize(
    ("image", "running", "reason"),
    [
        pytest.param(f"shop@{DIGEST}", (RUNS,), HoldReason.NO_TAG, id="a digest alone"),
        pytest.param("shop", (), HoldReason.NOTHING_RUNS, id="no replicas"),
        pytest.param("shop", None, HoldReason.RUNNING_DIGEST_UNKNOWN, id="it is unknown"),
        pytest.param("shop", (RUNS,), None, id="nothing"),
    ],
)
def test_some_holds_are_known_without_querying_the_registry(
    image: str, running: RunningDigests | None, reason: HoldReason | None
) -> None:
    held = held_before_query(digest_target(image), running)
    assert (held.reason if held else None) is reason
