"""One running instance of a workload, and what keeps its containers from running, whoever orchestrates them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from watch_cluster.domain.workload.running_digests import RunningDigests, RunningImage


class Cause(StrEnum):
    """What keeps a container from running, as far as it matters whose fault that is and whether waiting heals it."""

    CRASHED = "it crashed"
    IMAGE_NAME_INVALID = "the name of its image is not valid"
    IMAGE_NOT_FOUND = "its image was not found"
    IMAGE_NOT_FOR_PLATFORM = "its image is not built for the node's platform"
    IMAGE_NOT_PRESENT = "its image is not on the node and may not be pulled"
    IMAGE_NOT_PULLED = "its image could not be pulled"
    NOT_CONFIGURED = "what its template refers to is missing"
    NOT_STARTED = "it could not be started"

    @property
    def is_transient(self) -> bool:
        """Whether waiting may heal it."""
        return self not in _LASTING

    @property
    def is_image_problem(self) -> bool:
        """Whether it speaks against the image, and not against what surrounds it."""
        return self not in _OF_SURROUNDINGS


_LASTING: Final = frozenset(
    {Cause.IMAGE_NAME_INVALID, Cause.IMAGE_NOT_FOR_PLATFORM, Cause.IMAGE_NOT_FOUND, Cause.IMAGE_NOT_PRESENT}
)
_OF_SURROUNDINGS: Final = frozenset({Cause.IMAGE_NOT_PULLED, Cause.NOT_CONFIGURED})


@dataclass(frozen=True, slots=True)
class ContainerProblem:
    """What keeps a container from running; `message` is the orchestrator's, or the container's own last word."""

    cause: Cause
    message: str

    def __str__(self) -> str:
        return f"{self.cause}: {self.message}" if self.message else self.cause.value


@dataclass(frozen=True, slots=True)
class ContainerState:
    """A container of an instance: the image that it was made for, and how it fares.

    `started` is whether it was started at least once, `runs` the digest that it then runs, None when it tells none.
    `restarts` counts how often it was started again. `ready` is whether it serves; for one that runs to its end before
    the others, whether it has ended well. `trouble` is None while nothing is known to be wrong; `last_end` is how it
    ended the last time, empty when it has not.
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
    """An instance that is there and is not being removed.

    `digest` is what the template said, when it was made, about the digest of an image that stays unpinned. `unplaced`
    is why no node takes it, None once one has. `of_current_revision` is whether it was made from what the template says
    now, None when the orchestrator does not tell.
    """

    id: str
    name: str
    containers: tuple[ContainerState, ...]
    ready: bool = False
    digest: str | None = None
    unplaced: str | None = None
    of_current_revision: bool | None = None

    def container(self, name: str) -> ContainerState | None:
        """The container of that name, None when it is not known of yet."""
        return next((each for each in self.containers if each.name == name), None)


def digests_running_in(replicas: Iterable[Replica], container: str) -> RunningDigests:
    """What the instances run in that container, of those that have started it."""
    states = (each.container(container) for each in replicas)
    return tuple(each.runs for each in states if each is not None and each.started)
