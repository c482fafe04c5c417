"""Diagnoses a failed rollout: whether the new image or the environment is the cause."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from watch_cluster.domain.rollout.record.failure import FailureCause
from watch_cluster.domain.rollout.record.record import RolloutRecord
from watch_cluster.domain.workload.replica import ContainerState, Replica
from watch_cluster.domain.workload.workload import Progress

MOST_RESTARTS: Final = 3
"""How often an updated container may be restarted before the rollout counts as failed."""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """The cause, the containers that failed, and the evidence."""

    cause: FailureCause
    containers: tuple[str, ...]
    evidence: str


def new_replicas(record: RolloutRecord, replicas: Sequence[Replica]) -> tuple[Replica, ...]:
    """Return the replicas that were created for the target images of the record."""
    return tuple(each for each in replicas if _made_for(record, each))


Restarts = Mapping[tuple[str, str], int]
"""The restarts of each container of each replica at the first evaluation of a rollback."""


def restarts_of(replicas: Sequence[Replica]) -> Restarts:
    """Return the restarts so far."""
    return {(each.id, state.name): state.restarts for each in replicas for state in each.containers}


def permanent_failure(record: RolloutRecord, new: Sequence[Replica], before: Restarts) -> Diagnosis | None:
    """Return the diagnosis of a permanent failure, None if there is none. `new` are the new replicas."""
    failed = [
        (each, state)
        for each, state in _changed(record, new)
        if _is_permanent(state) or state.restarts - before.get((each.id, state.name), 0) >= MOST_RESTARTS
    ]
    if not failed:
        return None
    # Of several similar failures, some have lost their message.
    most_detailed = max(failed, key=lambda each: 0 if each[1].problem is None else len(each[1].problem.message))
    return Diagnosis(FailureCause.IMAGE, _names(state for _, state in failed), _describe(*most_detailed))


def diagnose(record: RolloutRecord, progress: Progress, new: Sequence[Replica] | None) -> Diagnosis:
    """Diagnose why a rollout makes no progress. `new` are the new replicas, None if they may not be read.

    If both the image and the environment have problems, the image counts as the cause.
    """
    if new is None:
        return Diagnosis(FailureCause.IMAGE, tuple(change.container for change in record.target_changes), "")
    states = _changed(record, new)
    failing = [each for each in states if _is_of_image(each[1])] or [each for each in states if _is_unready(each[1])]
    if failing:
        return Diagnosis(FailureCause.IMAGE, _names(state for _, state in failing), _describe(*failing[0]))
    problem = _environment_problem(progress, new)
    if problem is not None:
        return Diagnosis(FailureCause.ENVIRONMENT, (), problem)
    return _diagnose_others(record, new, started=all(state.started for _, state in states))


def _diagnose_others(record: RolloutRecord, new: Sequence[Replica], *, started: bool) -> Diagnosis:
    """Diagnose a failure of containers that were not updated; `started` is whether the updated ones have started."""
    unready = [(replica, state) for replica in new for state in replica.containers if not state.ready]
    if not unready:
        return Diagnosis(FailureCause.ENVIRONMENT, (), "" if new else "no new replica was created")
    evidence = _describe(*unready[0])
    if not started:
        # An image that was never started cannot be the cause.
        return Diagnosis(FailureCause.ENVIRONMENT, (), evidence)
    # It is unknown which of the new images makes another container fail.
    return Diagnosis(FailureCause.IMAGE, tuple(change.container for change in record.target_changes), evidence)


def _made_for(record: RolloutRecord, replica: Replica) -> bool:
    """Whether the replica was created for the target images of the record.

    Its revision is more reliable than its images, which a mutating webhook may have rewritten.
    """
    if replica.of_current_revision is not None:
        return replica.of_current_revision
    for step in record.target_changes:
        state = replica.container(step.container)
        if state is None or state.image != step.after:
            return False
        if step.digest is not None and replica.digest != step.digest:
            return False
    return True


def _changed(record: RolloutRecord, new: Sequence[Replica]) -> list[tuple[Replica, ContainerState]]:
    names = {step.container for step in record.target_changes}
    return [(each, state) for each in new for state in each.containers if state.name in names]


def _is_of_image(state: ContainerState) -> bool:
    return state.problem is not None and state.problem.cause.is_image_problem


def _is_unready(state: ContainerState) -> bool:
    return state.started and not state.ready and state.problem is None


def _is_permanent(state: ContainerState) -> bool:
    return state.problem is not None and not state.problem.cause.is_transient


def _environment_problem(progress: Progress, new: Sequence[Replica]) -> str | None:
    if progress.shortage is not None:
        return progress.shortage
    for each in new:
        if each.unplaced is not None:
            return f"{each.name} has no node: {each.unplaced}"
    for each in new:
        for state in each.containers:
            if state.problem is not None and not state.problem.cause.is_image_problem:
                return _describe(each, state)
    for each in new:
        if each.containers and not each.ready and all(state.ready for state in each.containers):
            return f"{each.name} is not ready though its containers are: its node is away, or a readiness gate is shut"
    return None


def _names(states: Iterable[ContainerState]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(state.name for state in states))


def _describe(replica: Replica, state: ContainerState) -> str:
    where = f"container {state.name} of {replica.name}"
    if state.problem is not None:
        again = f" after {state.restarts} restarts" if state.restarts else ""
        return f"{where}{again}: {state.problem}"
    if state.restarts:
        return f"{where} was restarted {state.restarts} times" + (f", last: {state.last_end}" if state.last_end else "")
    return f"{where} runs and does not get ready" if state.started else f"{where} has not started"


def stuck_replicas(record: RolloutRecord, replicas: Sequence[Replica]) -> tuple[Replica, ...]:
    """Return the replicas that block a workload whose replicas are replaced in order.

    They are not ready and do not run the target images: during a rollback, those of the failed images; during a
    rollout, only those with a permanent failure, since other old replicas may still get ready.
    """
    failed = {(step.container, step.before) for step in record.target_changes} if record.rolling_back else set()
    return tuple(
        each
        for each in replicas
        if not each.ready
        and not _made_for(record, each)
        and (
            (record.rolling_back and each.of_current_revision is False)
            or any((state.name, state.image) in failed or _keeps_failing(state) for state in each.containers)
        )
    )


def _keeps_failing(state: ContainerState) -> bool:
    return _is_permanent(state) or (state.problem is not None and state.restarts >= MOST_RESTARTS)
