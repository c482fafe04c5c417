"""What another workload's annotations and status say about an image."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.unit.domain.rollouts import COMPLETE, NOON, a_record, shop, turned, with_record
from watch_cluster.domain.images.reference import ImageReference
from watch_cluster.domain.policy.values.predecessor import Predecessor
from watch_cluster.domain.rollout.changes import closed_record
from watch_cluster.domain.rollout.record.history import History
from watch_cluster.domain.rollout.record.lifecycle import RolloutState
from watch_cluster.domain.rollout.record.record import RolloutRecord
from watch_cluster.domain.update.proven import last_rollout_of, standing, why_not_proven
from watch_cluster.domain.workload import annotation
from watch_cluster.domain.workload.workload import ImageChange, Progress, Workload, WorkloadKey

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
STAGING = Predecessor(WorkloadKey("default", "Deployment", "shop"), 3 * DAY)
DIGEST, OTHER = "sha256:" + "1" * 64, "sha256:" + "2" * 64


def rollout(after: str, state: RolloutState = RolloutState.DONE, *, before: str = "shop:1.0.0", at: int = 0) -> str:
    """A record of a rollout that ended so many hours after noon."""
    record = replace(a_record(ImageChange("app", before, after)), id=f"{at:012}", started=NOON + at * HOUR)
    return str(record if state is RolloutState.RUNNING else closed_record(record, state, "", NOON + at * HOUR))


def staging(image: str, *records: str, progress: Progress = COMPLETE, **settings: str) -> Workload:
    """The staging shop after these rollouts, of which the last one is its record."""
    workload = shop(progress, image, **settings)
    history = History(workload.uid)
    for each in records:
        history = history.with_record(RolloutRecord.parse(each))
    written = {annotation.HISTORY: str(history), annotation.ROLLOUT: records[-1]}
    return replace(workload, annotations={**workload.annotations, **written})


def why(workload: Workload | None, image: str = "shop:1.1.0", *, hours: int = 24 * 30) -> str | None:
    reference = ImageReference.parse(image)
    found = None if workload is None else last_rollout_of(workload, reference)
    return why_not_proven(STAGING, workload, found, reference.effective_tag or "", NOON + hours * HOUR)


TAKEN = staging("shop:1.1.0", rollout("shop:1.1.0"))


@pytest.mark.parametrize(
    ("hours", "expected"),
    [
        (0, "1.1.0 runs there since 0 of 3d"),
        (5, "1.1.0 runs there since 5h of 3d"),
        (25, "1.1.0 runs there since 1d1h of 3d"),
        (71, "1.1.0 runs there since 2d23h of 3d"),
        (72, None),
        (-5, "1.1.0 runs there since 0 of 3d"),
    ],
)
def test_an_image_has_proven_itself_after_the_time_that_is_wanted(hours: int, expected: str | None) -> None:
    assert why(TAKEN, hours=hours) == expected


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (RolloutState.RUNNING, "1.1.0 is being rolled out there"),
        (RolloutState.FAILED, "1.1.0 failed there"),
        (RolloutState.ROLLED_BACK, "1.1.0 was rolled back there"),
        (RolloutState.SUPERSEDED, "1.1.0 was replaced by hand there"),
    ],
)
def test_an_unsuccessful_rollout_proves_nothing(state: RolloutState, words: str) -> None:
    assert why(staging("shop:1.1.0", rollout("shop:1.1.0", state))) == words


def test_a_rollout_that_is_rolling_back_counts_as_rolled_back() -> None:
    record = turned(a_record(ImageChange("app", "shop:1.0.0", "shop:1.1.0")))
    assert why(with_record(shop(COMPLETE, "shop:1.1.0"), record)) == "1.1.0 was rolled back there"


@pytest.mark.parametrize(
    ("workload", "words"),
    [
        pytest.param(None, "does not exist or is not watched", id="no such workload"),
        pytest.param(
            replace(TAKEN, annotations={**TAKEN.annotations, annotation.ENABLED: "false"}),
            "not watched",
            id="opted out",
        ),
        pytest.param(shop(COMPLETE, "shop:1.1.0"), "it has not taken 1.1.0", id="an image that its owner set"),
        pytest.param(replace(TAKEN, uid="uid-2"), "it has not taken 1.1.0", id="a record of another workload"),
        pytest.param(
            replace(TAKEN, annotations={**TAKEN.annotations, annotation.QUARANTINE: "shop:1.1.0"}),
            "1.1.0 is in quarantine there",
            id="quarantined since",
        ),
        pytest.param(
            staging("shop:1.0.0", rollout("shop:1.1.0")),
            "1.1.0 was replaced by hand there",
            id="an older image by hand",
        ),
        pytest.param(
            staging("shop:1.2.0", rollout("shop:1.1.0")), "1.1.0 was replaced by hand there", id="a newer image by hand"
        ),
        pytest.param(replace(TAKEN, progress=replace(COMPLETE, desired=0)), "it has no replicas", id="scaled to zero"),
        pytest.param(
            replace(TAKEN, progress=replace(COMPLETE, available=1)), "1 of 2 replicas are available", id="not well"
        ),
        pytest.param(
            replace(TAKEN, progress=replace(COMPLETE, unverifiable="only later Jobs run it")),
            "it proves nothing: only later Jobs run it",
            id="a CronJob",
        ),
    ],
)
def test_an_image_waits_while_the_other_workload_does_not_show_that_it_is_good(
    workload: Workload | None, words: str
) -> None:
    found = why(workload)
    assert found is not None
    assert words in found


def test_a_newer_image_does_not_start_the_clock_of_an_older_one_anew() -> None:
    newer = staging("shop:1.2.0", rollout("shop:1.1.0"), rollout("shop:1.2.0", before="shop:1.1.0", at=48))
    assert why(newer, "shop:1.1.0", hours=72) is None
    assert why(newer, "shop:1.2.0", hours=72) == "1.2.0 runs there since 1d of 3d"


def test_an_older_image_is_still_proven_after_a_newer_one_was_rolled_back() -> None:
    back = staging(
        "shop:1.1.0", rollout("shop:1.1.0"), rollout("shop:1.2.0", RolloutState.ROLLED_BACK, before="shop:1.1.0", at=48)
    )
    assert why(back, "shop:1.1.0") is None
    assert why(back, "shop:1.2.0") == "1.2.0 was rolled back there"


def test_going_back_behind_an_image_is_no_proof_of_it() -> None:
    back = staging(
        "shop:1.0.0",
        rollout("shop:1.1.0"),
        rollout("shop:1.2.0", RolloutState.SUPERSEDED, before="shop:1.1.0", at=48),
    )
    assert why(back, "shop:1.1.0") == "an older image than 1.1.0 runs there again"


def test_the_last_rollout_of_an_image_counts() -> None:
    again = staging("shop:1.1.0", rollout("shop:1.1.0", RolloutState.FAILED), rollout("shop:1.1.0", at=200))
    assert why(again, hours=201) == "1.1.0 runs there since 1h of 3d"


@pytest.mark.parametrize(
    ("taken", "candidate", "same"),
    [
        ("shop:1.1.0", "shop:1.1.0", True),
        ("shop:1.1.0", f"shop:1.1.0@{DIGEST}", True),
        (f"shop:1.1.0@{DIGEST}", f"shop:1.1.0@{DIGEST}", True),
        (f"shop:1.1.0@{OTHER}", f"shop:1.1.0@{DIGEST}", False),
        (f"shop:rc-1@{DIGEST}", f"registry.example/shop:1.1.0@{DIGEST}", True),
        ("registry.example/shop:1.1.0", f"shop:1.1.0@{DIGEST}", False),
        ("shop:1.1.1", "shop:1.1.0", False),
    ],
)
def test_an_image_is_the_same_by_its_digest_where_that_is_known(taken: str, candidate: str, *, same: bool) -> None:
    workload = staging(taken, rollout(taken))
    assert (last_rollout_of(workload, ImageReference.parse(candidate)) is not None) is same


def test_the_history_of_several_containers_is_read_image_by_image() -> None:
    record = closed_record(
        a_record(
            ImageChange("app", "shop:1.0.0", "shop:1.1.0"), ImageChange("mesh", "mesh:1", "mesh:2", digest=DIGEST)
        ),
        RolloutState.DONE,
        "",
        NOON,
    )
    [past] = History("uid-1").with_record(record).rollouts
    assert past.images == (("shop:1.0.0", "shop:1.1.0"), ("mesh:1", f"mesh:2@{DIGEST}"))
    assert replace(past, change="shop:1.0.0 -> shop:1.1.0, mesh:1 -> me…").images == (("shop:1.0.0", "shop:1.1.0"),)


def test_another_image_under_the_tag_is_no_proof() -> None:
    found = last_rollout_of(TAKEN, ImageReference.parse("shop:1.1.0"))
    why = why_not_proven(STAGING, TAKEN, found, "1.1.0", NOON + 30 * DAY, runs_another=True)
    assert why == "another image runs there as 1.1.0"


@pytest.mark.parametrize(
    ("workload", "words"),
    [
        pytest.param(None, "it does not exist or is not watched", id="nothing"),
        pytest.param(shop(COMPLETE), "no rollout is on record", id="never updated"),
        pytest.param(TAKEN, "done: shop:1.0.0 -> shop:1.1.0, 1h ago", id="updated"),
        pytest.param(
            replace(TAKEN, progress=replace(COMPLETE, available=0)), "; it is not well now: 0 of 2", id="unwell"
        ),
    ],
)
def test_summarizes_in_one_line(workload: Workload | None, words: str) -> None:
    assert words in standing(workload, NOON + HOUR)
