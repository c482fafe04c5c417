"""The workloads on which an image must have run well before it is rolled out on another one: the setting `after`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from watch_cluster.domain.policy.values.limits import Limits
from watch_cluster.domain.schedule.duration import describe_duration, parse_duration
from watch_cluster.domain.workload.workload import WorkloadKey

LIMITS: Final = Limits(2048, entries=10, noun="workloads")
_PARTS: Final = 3
_HOW_TO_WRITE: Final = "write NAMESPACE/KIND/NAME and how long, such as 3d"


@dataclass(frozen=True, slots=True)
class Predecessor:
    """A workload that must have run an image well for at least `duration`."""

    key: WorkloadKey
    duration: timedelta

    def __str__(self) -> str:
        return f"{self.key} {describe_duration(self.duration)}"


def parse_predecessors(text: str) -> tuple[Predecessor, ...]:
    """Parse comma-separated workloads, each with a duration. Raises `ValueError`.

    >>> [str(each) for each in parse_predecessors("staging/Worker/my-app 72h")]
    ['staging/Worker/my-app 3d']
    """
    return tuple(_parse(part.strip()) for part in text.split(","))


def kind_named(written: str, kind_aliases: Mapping[str, str]) -> str:
    """Return the name of the kind that somebody wrote in any case, or by an alias.

    >>> kind_named("w", {"w": "Worker"}), kind_named("worker", {"w": "Worker"})
    ('Worker', 'Worker')
    """
    by_name = {kind.lower(): kind for kind in kind_aliases.values()}
    return {**by_name, **kind_aliases}.get(written.lower(), written)


def _parse(text: str) -> Predecessor:
    workload, _, duration = text.partition(" ")
    parts = workload.split("/")
    if len(parts) != _PARTS or not all(parts) or not duration.strip():
        raise ValueError(f"{text!r} is not a workload with a duration: {_HOW_TO_WRITE}")
    namespace, kind, name = parts
    return Predecessor(WorkloadKey(namespace, kind, name), parse_duration(duration.strip()))
