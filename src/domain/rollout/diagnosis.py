"""Whose fault it is that a rollout does not come to a good end: the new image's, or what surrounds it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from watch_cluster.domain.rollout.failure import FailureCause
from watch_cluster.domain.rollout.record import RolloutRecord
from watch_cluster.domain.workload.replica import ContainerState, Replica
from watch_cluster.domain.workload.workload import Progress

MOST_RESTARTS: Final = 3
"""How often a container that was changed may be started again before it is given up."""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """Whose fault it is, in which containers, and what they say."""

    fault: FailureCause
    containers: tuple[str, ...]
    evidence: str


def new_replicas(record: RolloutRecord, replicas: Sequence[Replica]) -> tuple[Replica, ...]:
    """Leave the instances that were made for the images which the record wants to run now."""
    return tuple(each for each in replicas if _made_for(record, each))


Restarts = Mapping[tuple[str, str], int]
"""How often each container of each instance had been restarted when a rollout, or its rollback, was first looked at."""


def restarts_of(replicas: Sequence[Replica]) -> Restarts:
    """Count what has been before."""
    return {(each.id, state.name): state.restarts for each in replicas for state in each.containers}


def permanent_failure(record: RolloutRecord, fresh: Sequence[Replica], before: Restarts) -> Diagnosis | None:
    """Say what waiting does not heal, None when there is nothing of that kind. `fresh` are the new instances."""
    bad = [
        (each, state)
        for each, state in _changed(record, fresh)
        if _lasts(state) or state.restarts - before.get((each.id, state.name), 0) >= MOST_RESTARTS
    ]
    if not bad:
        return None
    # Of several that fail alike some may have lost their last words.
    telling = max(bad, key=lambda each: 0 if each[1].problem is None else len(each[1].problem.message))
    return Diagnosis(FailureCause.IMAGE, _names(state for _, state in bad), _words(*telling))


def diagnose(record: RolloutRecord, progress: Progress, fresh: Sequence[Replica] | None) -> Diagnosis:
    """Say whose fault it is that nothing moves. `fresh` are the new instances, None when nobody may see them.

    What speaks against an image counts more than what speaks against its surroundings: both may be true.
    """
    changed = tuple(step.container for step in record.target_changes)
    if fresh is None:
        return Diagnosis(FailureCause.IMAGE, changed, "")
    states = _changed(record, fresh)
    culprits = [each for each in states if _is_of_image(each[1])] or [each for each in states if _is_unready(each[1])]
    if culprits:
        return Diagnosis(FailureCause.IMAGE, _names(state for _, state in culprits), _words(*culprits[0]))
    around = _surroundings(progress, fresh)
    if around is not None:
        return Diagnosis(FailureCause.ENVIRONMENT, (), around)
    others = [(each, state) for each in fresh for state in each.containers if not state.ready]
    if not others:
        return Diagnosis(FailureCause.ENVIRONMENT, (), "" if fresh else "no new instance has come up")
    evidence = _words(*others[0])
    if not all(state.started for _, state in states):
        # What keeps the new images from being started at all is not their doing.
        return Diagnosis(FailureCause.ENVIRONMENT, (), evidence)
    # Which of the new images makes a neighbour fail cannot be told.
    return Diagnosis(FailureCause.IMAGE, changed, evidence)


def _made_for(record: RolloutRecord, replica: Replica) -> bool:
    for step in record.target_changes:
        state = replica.container(step.container)
        if state is None or state.image != step.after:
            return False
        if step.digest is not None and replica.digest != step.digest:
            return False
    return True


def _changed(record: RolloutRecord, fresh: Sequence[Replica]) -> list[tuple[Replica, ContainerState]]:
    names = {step.container for step in record.target_changes}
    return [(each, state) for each in fresh for state in each.containers if state.name in names]


def _is_of_image(state: ContainerState) -> bool:
    return state.problem is not None and state.problem.cause.is_image_problem


def _is_unready(state: ContainerState) -> bool:
    return state.started and not state.ready and state.problem is None


def _lasts(state: ContainerState) -> bool:
    return state.problem is not None and not state.problem.cause.is_transient


def _surroundings(progress: Progress, fresh: Sequence[Replica]) -> str | None:
    if progress.shortage is not None:
        return progress.shortage
    for each in fresh:
        if each.unplaced is not None:
            return f"{each.name} has no node: {each.unplaced}"
    for each in fresh:
        for state in each.containers:
            if state.problem is not None and not state.problem.cause.is_image_problem:
                return _words(each, state)
    for each in fresh:
        if each.containers and not each.ready and all(state.ready for state in each.containers):
            return f"{each.name} is not ready though its containers are: its node is away, or a readiness gate is shut"
    return None


def _names(states: Iterable[ContainerState]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(state.name for state in states))


def _words(replica: Replica, state: ContainerState) -> str:
    where = f"container {state.name} of {replica.name}"
    if state.problem is not None:
        again = f" after {state.restarts} restarts" if state.restarts else ""
        return f"{where}{again}: {state.problem}"
    if state.restarts:
        return f"{where} was restarted {state.restarts} times" + (f", last: {state.last_end}" if state.last_end else "")
    return f"{where} runs and does not get ready" if state.started else f"{where} has not started"


def stuck_replicas(record: RolloutRecord, replicas: Sequence[Replica]) -> tuple[Replica, ...]:
    """Leave the instances on which a workload waits that makes them one after the other, and waits in vain.

    They are not ready and are not what the record wants: on the way back, what the failed images left; on the way
    forward, only what waiting does not heal, since what is old may still get ready.
    """
    given_up = {(step.container, step.before) for step in record.target_changes} if record.rolling_back else set()
    return tuple(
        each
        for each in replicas
        if not each.ready
        and not _made_for(record, each)
        and any((state.name, state.image) in given_up or _hopeless(state) for state in each.containers)
    )


def _hopeless(state: ContainerState) -> bool:
    return _lasts(state) or (state.problem is not None and state.restarts >= MOST_RESTARTS)
