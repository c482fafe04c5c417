"""Finds the workload that a person names on the command line."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Self

from watch_cluster.domain.policy.values.suggestion import nearest
from watch_cluster.domain.workload import annotation
from watch_cluster.domain.workload.workload import Workload, WorkloadKey

_WHOLE: Final = 3
_WITHOUT_NAMESPACE: Final = 2
_HOW_TO_WRITE: Final = "write NAMESPACE/KIND/NAME or KIND/NAME"


class InvalidWorkloadName(ValueError):  # noqa: N818 - the name says what is wrong
    """The text names no workload. The message is one line."""


class WorkloadNotFound(Exception):  # noqa: N818 - the name says what is wrong
    """No single annotated workload has this name. The message is one line."""


@dataclass(frozen=True, slots=True)
class WorkloadName:
    """A workload as a person writes it; `namespace` is None for any. `kinds` are the names that the kind may have."""

    text: str
    namespace: str | None
    kinds: frozenset[str]
    name: str

    @classmethod
    def parse(cls, text: str, namespace: str | None, kind_aliases: dict[str, str]) -> Self:
        """Read `NAMESPACE/KIND/NAME`, or `KIND/NAME` in that namespace.

        `kind_aliases` maps further names of kinds in lower case to the name of the kind. Raises `InvalidWorkloadName`.

        >>> WorkloadName.parse("w/shop", "default", {"w": "Worker"}).namespace
        'default'
        """
        parts = text.split("/")
        if len(parts) not in {_WHOLE, _WITHOUT_NAMESPACE} or not all(parts):
            raise InvalidWorkloadName(f"{text!r} is not a workload: {_HOW_TO_WRITE}")
        written = parts[0] if len(parts) == _WHOLE else namespace
        if len(parts) == _WHOLE and namespace not in {None, parts[0]}:
            raise InvalidWorkloadName(f"{text!r} is not in namespace {namespace}: leave one of the two out")
        kind = parts[-2].lower()
        return cls(text, written, frozenset({kind, kind_aliases.get(kind, kind).lower()}), parts[-1])

    def matches(self, key: WorkloadKey) -> bool:
        """Whether the key has this name."""
        return self._near(key) and key.name == self.name

    def find(self, workloads: Iterable[Workload]) -> Workload:
        """Return the one workload with this name. Raises `WorkloadNotFound`."""
        known = list(workloads)
        found = [workload for workload in known if self.matches(workload.key)]
        if len(found) == 1:
            return found[0]
        if found:
            keys = ", ".join(sorted(str(workload.key) for workload in found))
            raise WorkloadNotFound(f"{self.text} is the name of several workloads: write one of {keys}")
        meant = nearest(self.name, sorted({workload.key.name for workload in known if self._near(workload.key)}))
        near = "" if meant is None else f" (did you mean {meant!r}?)"
        raise WorkloadNotFound(
            f"{self.text} does not exist or has no annotation of {annotation.DOMAIN}{near}: set"
            f" {annotation.ENABLED}=true on it, or run watch-cluster list to see the watched workloads"
        )

    def _near(self, key: WorkloadKey) -> bool:
        return key.kind.lower() in self.kinds and self.namespace in {None, key.namespace}
