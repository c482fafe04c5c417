"""A rollout of the shop, its instances, and what they may show."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

from watch_cluster.domain.policy.rollout_settings import RolloutSettings
from watch_cluster.domain.rollout.changes import new_record
from watch_cluster.domain.rollout.record.failure import Failure, FailureCause
from watch_cluster.domain.rollout.record.record import RolloutRecord
from watch_cluster.domain.workload import annotation
from watch_cluster.domain.workload.replica import Cause, ContainerProblem, ContainerState, Replica
from watch_cluster.domain.workload.workload import Container, ImageChange, Progress, Workload, WorkloadKey

NOON: Final = datetime(2031, 1, 1, 12, tzinfo=UTC)
OLD: Final = "shop:1.0.0"
NEW: Final = "shop:1.0.1"
STEP: Final = ImageChange("app", OLD, NEW)
TERMS: Final = RolloutSettings(timedelta(minutes=10), timedelta(seconds=30))
BEGUN: Final = Progress(observed=True, desired=2, updated=1, available=2, outdated=2)
COMPLETE: Final = Progress(observed=True, desired=2, updated=2, available=2, outdated=0)
CRASHED: Final = ContainerProblem(Cause.CRASHED, "exit code 1: cannot open the database")
FAILURE: Final = Failure("it crashed", FailureCause.IMAGE, ("app",), NOON)


def shop(progress: Progress = BEGUN, image: str = NEW, **settings: str) -> Workload:
    """The shop with its image as it is now; settings are annotations of ours by their short names."""
    annotations = {annotation.ENABLED: "true"} | {
        f"{annotation.DOMAIN}/{key.replace('_', '-')}": value for key, value in settings.items()
    }
    key = WorkloadKey("default", "Deployment", "shop")
    return Workload(key, "uid-1", (Container("app", image), Container("mesh", "mesh:1")), progress, NOON, annotations)


def a_record(*steps: ImageChange, rollout_settings: RolloutSettings = TERMS) -> RolloutRecord:
    """A rollout that began at noon."""
    return new_record(shop(COMPLETE, OLD), steps or (STEP,), rollout_settings, NOON)


def turned(record: RolloutRecord) -> RolloutRecord:
    """The same rollout on its way back."""
    return replace(record, failure=FAILURE)


def with_record(workload: Workload, record: RolloutRecord) -> Workload:
    return replace(workload, annotations={**workload.annotations, annotation.ROLLOUT: str(record)})


def app(
    image: str = NEW, *, ready: bool = True, restarts: int = 0, problem: ContainerProblem | None = None
) -> ContainerState:
    """The container that was changed; it was started unless something kept it from that."""
    started = problem is None or problem.cause is Cause.CRASHED
    return ContainerState("app", image, started=started, ready=ready, restarts=restarts, problem=problem)


def mesh(*, ready: bool = True, problem: ContainerProblem | None = None) -> ContainerState:
    """Its neighbour, which was not."""
    return ContainerState("mesh", "mesh:1", started=True, ready=ready, problem=problem)


def replica(name: str, *states: ContainerState, unplaced: str | None = None) -> Replica:
    """An instance, ready when all its containers are."""
    containers = states or (app(), mesh())
    ready = all(each.ready for each in containers) and unplaced is None
    return Replica(f"uid-of-{name}", name, containers, ready=ready, unplaced=unplaced)
