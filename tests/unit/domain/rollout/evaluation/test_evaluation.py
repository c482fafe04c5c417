"""How a rollout stands, whatever kind of workload it is of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.unit.domain.rollouts import (
    BEGUN,
    COMPLETE,
    CRASHED,
    NEW,
    OLD,
    STEP,
    TERMS,
    a_record,
    app,
    mesh,
    replica,
    shop,
    turned,
)
from watch_cluster.domain.policy.rollout_settings import RolloutSettings
from watch_cluster.domain.rollout.evaluation.evaluation import Evaluation, Failed, Healthy, Superseded, evaluate
from watch_cluster.domain.rollout.evaluation.in_progress import InProgress
from watch_cluster.domain.rollout.record.failure import FailureCause
from watch_cluster.domain.rollout.record.record import RolloutRecord
from watch_cluster.domain.workload import annotation
from watch_cluster.domain.workload.replica import Cause, ContainerProblem, Replica
from watch_cluster.domain.workload.workload import Container, Progress, Workload

BOTH = (replica("one"), replica("two"))
COMING = (
    replica("old-one", app(OLD), mesh()),
    replica("old-two", app(OLD), mesh()),
    replica("one", app(ready=False)),
)
MINUTE = 60.0


class Watcher:
    """Looks again and again, as one process does."""

    def __init__(self, record: RolloutRecord | None = None) -> None:
        self.record = record or a_record()
        self.last: Evaluation | None = None

    def evaluate(self, at: float, workload: Workload, replicas: Sequence[Replica] | None) -> Evaluation:
        before = self.last if isinstance(self.last, InProgress) else None
        self.last = evaluate(self.record, workload, replicas, before, at)
        return self.last


def ongoing(evaluation: Evaluation) -> InProgress:
    assert isinstance(evaluation, InProgress), evaluation
    return evaluation


def failed(evaluation: Evaluation) -> Failed:
    assert isinstance(evaluation, Failed), evaluation
    return evaluation


@pytest.mark.parametrize(
    "progress",
    [
        pytest.param(BEGUN, id="half way"),
        pytest.param(replace(COMPLETE, observed=False), id="not yet observed"),
        pytest.param(replace(COMPLETE, observed=False, stalled="of the last one"), id="old failure, not yet observed"),
        pytest.param(replace(COMPLETE, outdated=1), id="an old one left"),
        pytest.param(replace(COMPLETE, available=1), id="one not available"),
        pytest.param(replace(COMPLETE, updated=1), id="one not updated"),
        pytest.param(replace(BEGUN, observed=False, unverifiable="paused"), id="unverifiable, not yet observed"),
    ],
)
def test_a_rollout_in_progress_is_requeued_for_when_it_may_have_failed(progress: Progress) -> None:
    found = ongoing(Watcher().evaluate(0, shop(progress), COMING))
    assert (found.healthy, found.pause) == (False, TERMS.timeout)


def test_it_is_healthy_when_all_have_been_ready_for_the_soak() -> None:
    watcher = Watcher()
    progress = ongoing(watcher.evaluate(0, shop(COMPLETE), BOTH))
    assert (progress.healthy, progress.pause) == (True, TERMS.soak)
    assert ongoing(watcher.evaluate(29, shop(COMPLETE), BOTH)).pause == timedelta(seconds=1)
    assert watcher.evaluate(30, shop(COMPLETE), BOTH) == Healthy()


def test_without_a_soak_it_is_healthy_as_soon_as_it_is_complete() -> None:
    record = a_record(rollout_settings=RolloutSettings(timedelta(minutes=10), timedelta()))
    assert Watcher(record).evaluate(0, shop(COMPLETE), BOTH) == Healthy()


def test_without_visible_replicas_the_counts_soak() -> None:
    watcher = Watcher()
    assert ongoing(watcher.evaluate(0, shop(COMPLETE), None)).healthy
    assert not ongoing(watcher.evaluate(20, shop(replace(COMPLETE, available=1)), None)).healthy
    assert ongoing(watcher.evaluate(40, shop(COMPLETE), None)).healthy
    assert watcher.evaluate(70, shop(COMPLETE), None) == Healthy()


def test_a_restart_begins_the_soak_of_that_instance_again() -> None:
    watcher = Watcher()
    watcher.evaluate(0, shop(COMPLETE), BOTH)
    restarted = (BOTH[0], replica("two", app(restarts=1), mesh()))
    assert ongoing(watcher.evaluate(20, shop(COMPLETE), restarted)).healthy
    assert ongoing(watcher.evaluate(40, shop(COMPLETE), restarted)).pause == timedelta(seconds=10)
    assert watcher.evaluate(50, shop(COMPLETE), restarted) == Healthy()


def test_a_neighbour_that_was_not_changed_may_restart() -> None:
    watcher = Watcher()
    watcher.evaluate(0, shop(COMPLETE), BOTH)
    neighbour = replace(mesh(), restarts=5)
    assert watcher.evaluate(30, shop(COMPLETE), (BOTH[0], replica("two", app(), neighbour))) == Healthy()


def test_a_deleted_replica_does_not_count_and_its_replacement_soaks() -> None:
    watcher = Watcher()
    watcher.evaluate(0, shop(COMPLETE), BOTH)
    drained = shop(replace(COMPLETE, available=1))
    assert not ongoing(watcher.evaluate(10, drained, (BOTH[0], replica("three", app(ready=False), mesh())))).healthy
    assert ongoing(watcher.evaluate(20, shop(COMPLETE), (BOTH[0], replica("three")))).healthy
    assert ongoing(watcher.evaluate(40, shop(COMPLETE), (BOTH[0], replica("three")))).pause == timedelta(seconds=10)
    assert watcher.evaluate(50, shop(COMPLETE), (BOTH[0], replica("three"))) == Healthy()


def test_replicas_with_rewritten_images_count_once_no_old_one_is_left() -> None:
    rewritten = (replica("one", app("mirror.example/shop:1.0.1"), mesh()),)
    watcher = Watcher()
    assert ongoing(watcher.evaluate(0, shop(COMPLETE), rewritten)).healthy
    assert watcher.evaluate(30, shop(COMPLETE), rewritten) == Healthy()


def test_an_unverifiable_rollout_is_done_at_once_and_says_so() -> None:
    progress = replace(BEGUN, unverifiable="only later Jobs run it")
    assert Watcher().evaluate(0, shop(progress), ()) == Healthy("only later Jobs run it")


@pytest.mark.parametrize(
    ("problem", "restarts", "words"),
    [
        pytest.param(
            ContainerProblem(Cause.IMAGE_NOT_FOUND, "gone"), 0, "its image was not found: gone", id="no such image"
        ),
        pytest.param(ContainerProblem(Cause.IMAGE_NAME_INVALID, "?"), 0, "not valid", id="no such name"),
        pytest.param(ContainerProblem(Cause.IMAGE_NOT_PRESENT, "never"), 0, "may not be pulled", id="never pulled"),
        pytest.param(ContainerProblem(Cause.IMAGE_NOT_FOR_PLATFORM, "arm"), 0, "platform", id="another platform"),
        pytest.param(CRASHED, 3, "after 3 restarts: it crashed: exit code 1: cannot open the database", id="crashes"),
        pytest.param(None, 3, "was restarted 3 times", id="restarts, and runs at the moment"),
    ],
)
def test_permanent_problems_fail_at_once(problem: ContainerProblem | None, restarts: int, words: str) -> None:
    broken = replica("one", app(ready=False, restarts=restarts, problem=problem), mesh())
    evaluation = failed(Watcher().evaluate(0, shop(), (*COMING[:2], broken)))
    assert words in evaluation.message
    assert (evaluation.diagnosis.cause, evaluation.diagnosis.containers) == (FailureCause.IMAGE, ("app",))


@pytest.mark.parametrize(
    "state",
    [
        pytest.param(app(ready=False, restarts=2, problem=CRASHED), id="two restarts"),
        pytest.param(app(ready=False, problem=ContainerProblem(Cause.IMAGE_NOT_PULLED, "429")), id="a busy registry"),
        pytest.param(
            app(ready=False, problem=ContainerProblem(Cause.NOT_CONFIGURED, "no Secret")), id="a missing Secret"
        ),
        pytest.param(
            app(ready=False, problem=ContainerProblem(Cause.NOT_STARTED, "no such file")), id="a start that failed"
        ),
    ],
)
def test_waits_for_transient_problems(state: object) -> None:
    assert isinstance(state, type(app()))
    assert isinstance(Watcher().evaluate(0, shop(), (replica("one", state, mesh()),)), InProgress)


def test_a_problem_of_an_old_replica_is_no_failure_of_the_new_image() -> None:
    sick = replica("old", app(OLD, ready=False, restarts=9, problem=CRASHED), mesh())
    assert isinstance(Watcher().evaluate(0, shop(), (sick,)), InProgress)


def test_earlier_restarts_of_a_replica_do_not_count_against_the_rollback() -> None:
    watcher = Watcher(turned(a_record()))
    veteran = replica("old", app(OLD, restarts=7), mesh())
    assert isinstance(watcher.evaluate(0, shop(image=OLD), (veteran,)), InProgress)
    again = replica("old", app(OLD, ready=False, restarts=9, problem=CRASHED), mesh())
    assert isinstance(watcher.evaluate(1, shop(image=OLD), (again,)), InProgress)
    lost = replica("old", app(OLD, ready=False, restarts=10, problem=CRASHED), mesh())
    assert isinstance(watcher.evaluate(2, shop(image=OLD), (lost,)), Failed)


def test_a_rollout_that_the_orchestrator_gave_up_is_a_failure() -> None:
    watcher = Watcher()
    watcher.evaluate(0, shop(), COMING)
    evaluation = failed(watcher.evaluate(1, shop(replace(BEGUN, stalled="timed out progressing")), COMING))
    assert evaluation.message.startswith(
        "the progress deadline was exceeded: timed out progressing: container app of one"
    )


def test_its_report_about_what_was_before_is_not() -> None:
    watcher = Watcher(turned(a_record()))
    stale = shop(replace(BEGUN, stalled="timed out progressing"), OLD)
    assert isinstance(watcher.evaluate(0, stale, COMING), InProgress)
    assert isinstance(watcher.evaluate(1, shop(BEGUN, OLD), COMING), InProgress)
    assert isinstance(watcher.evaluate(2, stale, COMING), Failed)


def test_no_progress_for_the_timeout_is_a_failure() -> None:
    watcher = Watcher()
    watcher.evaluate(0, shop(), COMING)
    assert ongoing(watcher.evaluate(9 * MINUTE, shop(), COMING)).pause == timedelta(minutes=1)
    evaluation = failed(watcher.evaluate(10 * MINUTE, shop(), COMING))
    assert evaluation.message.startswith(
        "no progress for 0:10:00: 1 of 2 updated, 2 available, 2 old ones left: container"
    )


def test_counts_of_an_older_template_are_no_progress_that_later_ones_would_have_to_beat() -> None:
    watcher = Watcher()
    stale = shop(replace(COMPLETE, observed=False))
    assert ongoing(watcher.evaluate(0, stale, COMING)).missing is None
    watcher.evaluate(9 * MINUTE, shop(), COMING)
    moved = shop(replace(BEGUN, outdated=1))
    assert ongoing(watcher.evaluate(18 * MINUTE, moved, COMING)).pause == TERMS.timeout
    scaled = shop(replace(COMPLETE, observed=False))
    assert ongoing(watcher.evaluate(20 * MINUTE, scaled, COMING)).pause == timedelta(minutes=8)
    assert isinstance(watcher.evaluate(28 * MINUTE, moved, COMING), Failed)


def test_a_rollout_that_is_never_observed_fails_in_the_end() -> None:
    watcher = Watcher()
    stale = shop(replace(COMPLETE, observed=False))
    watcher.evaluate(0, stale, COMING)
    assert isinstance(watcher.evaluate(10 * MINUTE, stale, COMING), Failed)


def test_progress_starts_the_timeout_again_and_going_back_does_not() -> None:
    watcher = Watcher()
    watcher.evaluate(0, shop(), COMING)
    moved = shop(replace(BEGUN, outdated=1))
    assert ongoing(watcher.evaluate(9 * MINUTE, moved, COMING)).pause == TERMS.timeout
    assert ongoing(watcher.evaluate(14 * MINUTE, shop(), COMING)).pause == timedelta(minutes=5)
    assert ongoing(watcher.evaluate(18 * MINUTE, moved, COMING)).pause == timedelta(minutes=1)


def test_more_instances_to_make_start_the_timeout_again() -> None:
    watcher = Watcher()
    watcher.evaluate(0, shop(), COMING)
    scaled = shop(replace(BEGUN, desired=5))
    assert ongoing(watcher.evaluate(9 * MINUTE, scaled, COMING)).pause == TERMS.timeout
    assert ongoing(watcher.evaluate(14 * MINUTE, shop(), COMING)).pause == TERMS.timeout, "fewer are less to do"
    assert ongoing(watcher.evaluate(18 * MINUTE, scaled, COMING)).pause == timedelta(minutes=6), (
        "and not more than before"
    )


def test_a_flapping_rollout_fails_in_the_end() -> None:
    watcher = Watcher()
    sick = shop(replace(COMPLETE, available=1))
    at = 0.0
    for _ in range(200):
        watcher.evaluate(at, shop(COMPLETE), (BOTH[0], replica("two", app(restarts=0), mesh())))
        evaluation = watcher.evaluate(at + 10, sick, (BOTH[0], replica("two", app(ready=False), mesh())))
        if isinstance(evaluation, Failed):
            break
        at += 20
    assert isinstance(watcher.last, Failed)
    assert at <= 20 * MINUTE + 20


def test_while_it_is_paused_no_time_passes_and_nothing_fails() -> None:
    watcher = Watcher()
    watcher.evaluate(0, shop(), COMING)
    watcher.evaluate(5 * MINUTE, shop(), COMING)
    paused = replace(shop(), paused=True)
    broken = (*COMING[:2], replica("one", app(ready=False, restarts=9, problem=CRASHED), mesh()))
    assert ongoing(watcher.evaluate(60 * MINUTE, paused, broken)).idle == 5 * MINUTE
    assert ongoing(watcher.evaluate(90 * MINUTE, paused, broken)).idle == 5 * MINUTE
    assert ongoing(watcher.evaluate(94 * MINUTE, shop(), COMING)).pause == timedelta(minutes=1)
    assert isinstance(watcher.evaluate(95 * MINUTE, shop(), COMING), Failed)


def test_the_timeout_is_never_shorter_than_the_orchestrators_own_deadline() -> None:
    patient = shop(replace(BEGUN, deadline=timedelta(hours=1)))
    assert ongoing(Watcher().evaluate(0, patient, COMING)).pause == timedelta(hours=1)


@pytest.mark.parametrize(
    ("workload", "words", "container"),
    [
        pytest.param(shop(COMPLETE, "shop:9"), "to shop:9", "app", id="a third image"),
        pytest.param(shop(COMPLETE, OLD), "to shop:1.0.0", "app", id="the old image again"),
        pytest.param(shop(COMPLETE, enabled="false"), "no longer true", None, id="opted out"),
        pytest.param(shop(COMPLETE, enabled="yes"), "no longer true", None, id="opted in no more"),
        pytest.param(
            replace(shop(COMPLETE), containers=(Container("other", NEW),)), "removed", None, id="container removed"
        ),
    ],
)
def test_a_change_by_somebody_else_ends_it(workload: Workload, words: str, container: str | None) -> None:
    evaluation = Watcher().evaluate(0, workload, BOTH)
    assert isinstance(evaluation, Superseded)
    assert words in evaluation.message
    assert evaluation.container == container


def test_a_rollback_is_superseded_when_somebody_sets_another_image() -> None:
    back = turned(a_record())
    assert isinstance(Watcher(back).evaluate(0, shop(BEGUN, OLD), ()), InProgress)
    assert isinstance(Watcher(back).evaluate(0, shop(BEGUN, NEW), ()), Superseded)


def test_the_template_shows_whether_an_unpinned_rollout_was_superseded() -> None:
    digest, other = (f"sha256:{digit * 64}" for digit in "12")
    record = a_record(replace(STEP, before="shop:latest", after="shop:latest", digest=digest))
    workload = shop(COMPLETE, "shop:latest")
    made = tuple(replace(replica(name, app("shop:latest"), mesh()), digest=digest) for name in ("one", "two"))

    assert isinstance(Watcher(record).evaluate(0, replace(workload, template_digest=digest), made), InProgress)
    for left in (other, None):
        evaluation = Watcher(record).evaluate(0, replace(workload, template_digest=left), made)
        assert isinstance(evaluation, Superseded)
        assert annotation.TEMPLATE_DIGEST in evaluation.message


def test_template_annotations_of_an_earlier_rollout_do_not_affect_a_pinned_one() -> None:
    workload = replace(shop(COMPLETE), template_digest="sha256:" + "2" * 64)
    assert isinstance(Watcher().evaluate(0, workload, BOTH), InProgress)
