"""How the containers of an image behave, and the replicas that are created from a template."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from watch_cluster.domain.workload.replica import Cause, ContainerProblem, ContainerState
from watch_cluster.domain.workload.workload import Container

RESTART_PAUSE: Final = timedelta(seconds=10)
"""The delay before a terminated container is restarted."""
TERMINATION_MESSAGE: Final = "exit code 1: cannot open the database"


@dataclass(frozen=True, slots=True)
class Behavior:
    """The behavior of an image's containers.

    `ready_after` is how long all replicas together take to become ready, one after another; `gets_ready` is whether
    they do. `crashes_after` is how long after each start they crash, None for never. `problem` prevents them from
    starting. `unplaced` is why no node can run them.
    """

    ready_after: timedelta = timedelta(seconds=20)
    gets_ready: bool = True
    crashes_after: timedelta | None = None
    problem: ContainerProblem | None = None
    unplaced: str | None = None

    @property
    def is_stable(self) -> bool:
        """Whether ready replicas stay ready."""
        return self.gets_ready and self.crashes_after is None and self.problem is None and self.unplaced is None


@dataclass(frozen=True, slots=True)
class Template:
    """The template of replicas."""

    containers: tuple[Container, ...]
    digest: str | None = None


@dataclass(frozen=True, slots=True)
class SimulatedReplica:
    """A replica as it was created; its state follows from its age."""

    number: int
    template: Template
    created: datetime
    digests: Mapping[str, str | None]


def crash_looping(state: ContainerState, *, restarts: int, up: bool) -> ContainerState:
    """Return the state of a container that crashes repeatedly and is `up` now or waits for its restart."""
    has_crashed = restarts > 0 or not up
    return replace(
        state,
        ready=up and state.ready,
        restarts=restarts,
        problem=ContainerProblem(Cause.CRASHED, TERMINATION_MESSAGE)
        if has_crashed and not (up and state.ready)
        else None,
        last_end=TERMINATION_MESSAGE if has_crashed else "",
    )
