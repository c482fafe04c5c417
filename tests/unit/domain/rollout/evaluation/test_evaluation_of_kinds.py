"""What the counts of each kind of workload come to, as its orchestrator shows them in mid-rollout."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.unit.domain.rollouts import CRASHED, OLD, a_record, app, mesh, replica, shop, turned
from watch_cluster.domain.rollout.evaluation.evaluation import Evaluation, Failed, Healthy, evaluate
from watch_cluster.domain.rollout.evaluation.in_progress import InProgress
from watch_cluster.domain.rollout.record.failure import FailureCause
from watch_cluster.domain.rollout.record.record import RolloutRecord
from watch_cluster.domain.workload.replica import Replica
from watch_cluster.domain.workload.workload import Progress, Workload, WorkloadKey

Counts = tuple[int, int, int, int]
ONE, TWO, THREE = (replica(name) for name in ("one", "two", "three"))
OLDS = tuple(replica(name, app(OLD), mesh()) for name in ("a", "b", "c"))
COMING = replica("one", app(ready=False), mesh())
BROKEN = replica("one", app(ready=False, restarts=3, problem=CRASHED), mesh())
LOST = replace(replica("three"), ready=False)


def of(kind: str, counts: Counts, why: str | None = None, **fields: object) -> Workload:
    """A workload of the kind that has so many desired, updated, available and old replicas."""
    desired, updated, available, outdated = counts
    progress = Progress(
        observed=True, desired=desired, updated=updated, available=available, outdated=outdated, unverifiable=why
    )
    workload = replace(shop(progress), key=WorkloadKey("default", kind, "shop"), ordered=kind == "StatefulSet")
    return replace(workload, **fields)  # type: ignore[arg-type]


def seen_for(seconds: float, record: RolloutRecord, workload: Workload, replicas: tuple[Replica, ...]) -> Evaluation:
    """What is said after the same was seen for so long."""
    first = evaluate(record, workload, replicas, None, 0)
    return first if not isinstance(first, InProgress) else evaluate(record, workload, replicas, first, seconds)


STALLED = replace(of("Deployment", (3, 1, 3, 3)).progress, stalled="timed out progressing")
SOAKED = 30.0
TIMED_OUT = 600.0


@pytest.mark.parametrize(
    ("workload", "replicas", "seconds", "expected"),
    [
        pytest.param(
            of("Deployment", (3, 1, 3, 3)), (*OLDS, COMING), SOAKED, InProgress, id="Deployment: one more at first"
        ),
        pytest.param(
            of("Deployment", (3, 3, 3, 1)), (OLDS[0], ONE, TWO, THREE), SOAKED, InProgress, id="Deployment: one left"
        ),
        pytest.param(of("Deployment", (3, 3, 0, 0)), (COMING,), SOAKED, InProgress, id="Deployment: Recreate"),
        pytest.param(of("Deployment", (3, 3, 3, 0)), (ONE, TWO, THREE), SOAKED, Healthy, id="Deployment: complete"),
        pytest.param(of("Deployment", (3, 3, 3, 0)), (ONE, TWO, THREE), 29, InProgress, id="Deployment: soaking"),
        pytest.param(of("Deployment", (5, 3, 3, 0)), (ONE, TWO, THREE), SOAKED, InProgress, id="Deployment: scaled up"),
        pytest.param(of("Deployment", (2, 2, 2, 0)), (ONE, TWO), SOAKED, Healthy, id="Deployment: scaled down"),
        pytest.param(
            of("Deployment", (0, 0, 0, 0), "it is scaled to zero"), (), 0, Healthy, id="Deployment: none wanted"
        ),
        pytest.param(
            of("Deployment", (3, 1, 3, 3), paused=True),
            (*OLDS, BROKEN),
            9 * TIMED_OUT,
            InProgress,
            id="Deployment: paused",
        ),
        pytest.param(of("Deployment", (3, 1, 3, 3)), (*OLDS, BROKEN), 0, Failed, id="Deployment: crashing"),
        pytest.param(of("Deployment", (3, 1, 3, 3)), (*OLDS, COMING), TIMED_OUT, Failed, id="Deployment: stands still"),
        pytest.param(
            of("StatefulSet", (3, 1, 2, 2)), (*OLDS[:2], COMING), SOAKED, InProgress, id="StatefulSet: the last first"
        ),
        pytest.param(of("StatefulSet", (3, 3, 3, 0)), (ONE, TWO, THREE), SOAKED, Healthy, id="StatefulSet: complete"),
        pytest.param(
            of("StatefulSet", (3, 3, 3, 0)),
            (*OLDS[:2], ONE),
            SOAKED,
            Healthy,
            id="StatefulSet: complete to its partition",
        ),
        pytest.param(
            of("StatefulSet", (3, 3, 3, 0), "its partition covers all Pods"),
            OLDS,
            0,
            Healthy,
            id="StatefulSet: a partition that covers all",
        ),
        pytest.param(of("StatefulSet", (3, 0, 3, 3), "OnDelete"), OLDS, 0, Healthy, id="StatefulSet: OnDelete"),
        pytest.param(of("StatefulSet", (3, 1, 2, 2)), (*OLDS[:2], BROKEN), 0, Failed, id="StatefulSet: crashing"),
        pytest.param(
            of("DaemonSet", (3, 1, 2, 2)), (*OLDS[:2], COMING), SOAKED, InProgress, id="DaemonSet: node by node"
        ),
        pytest.param(of("DaemonSet", (3, 3, 3, 0)), (ONE, TWO, THREE), SOAKED, Healthy, id="DaemonSet: complete"),
        pytest.param(
            of("DaemonSet", (3, 3, 2, 0)), (ONE, TWO, LOST), SOAKED, InProgress, id="DaemonSet: a node is away"
        ),
        pytest.param(of("DaemonSet", (0, 0, 0, 0), "no node runs it"), (), 0, Healthy, id="DaemonSet: no nodes"),
        pytest.param(of("DaemonSet", (3, 1, 2, 2)), (*OLDS[:2], BROKEN), 0, Failed, id="DaemonSet: crashing"),
        pytest.param(of("CronJob", (0, 0, 0, 0), "only later Jobs run it"), (), 0, Healthy, id="CronJob: always"),
    ],
)
def test_evaluates_a_rollout(
    workload: Workload, replicas: tuple[Replica, ...], seconds: float, expected: type[Evaluation]
) -> None:
    evaluation = seen_for(seconds, a_record(), workload, replicas)
    assert isinstance(evaluation, expected), evaluation
    if isinstance(evaluation, Healthy):
        assert evaluation.unverified == workload.progress.unverifiable


def test_a_deployment_past_its_progress_deadline_has_failed() -> None:
    first = evaluate(a_record(), of("Deployment", (3, 1, 3, 3)), (*OLDS, COMING), None, 0)
    assert isinstance(first, InProgress)
    given_up = replace(of("Deployment", (3, 1, 3, 3)), progress=STALLED)
    evaluation = evaluate(a_record(), given_up, (*OLDS, COMING), first, 1)
    assert isinstance(evaluation, Failed)
    assert evaluation.diagnosis.cause is FailureCause.IMAGE


def test_a_daemon_set_without_its_node_fails_because_of_the_environment() -> None:
    evaluation = seen_for(TIMED_OUT, a_record(), of("DaemonSet", (3, 3, 2, 0)), (ONE, TWO, LOST))
    assert isinstance(evaluation, Failed)
    assert evaluation.diagnosis.cause is FailureCause.ENVIRONMENT


@pytest.mark.parametrize("kind", ["Deployment", "StatefulSet", "DaemonSet"])
def test_a_rollback_is_evaluated_in_the_same_way(kind: str) -> None:
    back = turned(a_record())
    wrong = replace(of(kind, (3, 2, 2, 1)), containers=shop(image=OLD).containers)
    assert isinstance(seen_for(SOAKED, back, wrong, (*OLDS[:2], BROKEN)), InProgress), "the broken one is none of it"
    right = replace(of(kind, (3, 3, 3, 0)), containers=shop(image=OLD).containers)
    assert seen_for(29, back, right, OLDS) != Healthy()
    assert seen_for(SOAKED, back, right, OLDS) == Healthy()
