"""Replicas of a workload and the problems of their containers, independent of the orchestrator."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from watch_cluster.domain.workload.running_digests import RunningDigests, RunningImage


class Cause(StrEnum):
    """Why a container does not run: image or environment problems, transient or permanent ones."""

    CRASHED = "it crashed"
    IMAGE_NAME_INVALID = "the name of its image is not valid"
    IMAGE_NOT_FOUND = "its image was not found"
    IMAGE_NOT_FOR_PLATFORM = "its image is not built for the node's platform"
    IMAGE_NOT_PRESENT = "its image is not on the node and may not be pulled"
    IMAGE_NOT_PULLED = "its image could not be pulled"
    NOT_CONFIGURED = "what its template refers to is missing"
    NOT_STARTED = "it could not be started"
    STOPPED = "it stopped, and is not started again"

    @property
    def is_transient(self) -> bool:
        """Whether the problem can disappear without a change."""
        return self not in _PERMANENT

    @property
    def is_image_problem(self) -> bool:
        """Whether the image is the cause, not the environment."""
        return self not in _ENVIRONMENT


_PERMANENT: Final = frozenset(
    {
        Cause.IMAGE_NAME_INVALID,
        Cause.IMAGE_NOT_FOR_PLATFORM,
        Cause.IMAGE_NOT_FOUND,
        Cause.IMAGE_NOT_PRESENT,
        Cause.STOPPED,
    }
)
_ENVIRONMENT: Final = frozenset({Cause.IMAGE_NOT_PULLED, Cause.NOT_CONFIGURED})


@dataclass(frozen=True, slots=True)
class ContainerProblem:
    """Why a container does not run. `message` is from the orchestrator or the container's termination message."""

    cause: Cause
    message: str

    def __str__(self) -> str:
        return f"{self.cause}: {self.message}" if self.message else self.cause.value


@dataclass(frozen=True, slots=True)
class ContainerState:
    """The state of a container of a replica; `image` is the image it was created with.

    `started` is whether it has started at least once; `runs` is the image it then runs, None if unknown. `restarts`
    counts restarts. `ready` is whether it serves, or for an init container, whether it has succeeded. `problem` is
    None if no problem is known. `last_end` describes its last termination; empty if there was none.
    """

    name: str
    image: str
    started: bool = False
    ready: bool = False
    restarts: int = 0
    runs: RunningImage | None = None
    problem: ContainerProblem | None = None
    last_end: str = ""


@dataclass(frozen=True, slots=True)
class Replica:
    """A replica that exists and is not being deleted.

    `digest` is the template's digest of an unpinned image when the replica was created. `unplaced` is why no node
    can run it, None once it is scheduled. `of_current_revision` is whether it was created from the present template,
    None if the orchestrator does not report that.
    """

    id: str
    name: str
    containers: tuple[ContainerState, ...]
    ready: bool = False
    digest: str | None = None
    unplaced: str | None = None
    of_current_revision: bool | None = None

    def container(self, name: str) -> ContainerState | None:
        """Return the state of the container with this name, None if it is not reported yet."""
        return next((state for state in self.containers if state.name == name), None)


def digests_running_in(replicas: Iterable[Replica], container: str) -> RunningDigests:
    """Return what each replica that has started the container runs in it."""
    states = (replica.container(container) for replica in replicas)
    return tuple(state.runs for state in states if state is not None and state.started)
