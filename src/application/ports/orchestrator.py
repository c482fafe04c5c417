"""The port to whatever runs the workloads."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final, Protocol

from watch_cluster.domain.images.platform import Node
from watch_cluster.domain.workload.replica import Replica
from watch_cluster.domain.workload.workload import Change, Workload, WorkloadKey

OURSELVES: Final = "watch-cluster"
"""The name under which Watch-Cluster itself changes workloads."""


class OrchestratorError(Exception):
    """A change that was not made; one line for a person."""


class OrchestratorUnavailable(OrchestratorError):  # noqa: N818 - a kind of answer, not a defect
    """The orchestrator cannot be reached or cannot answer now: the same change may be tried later."""


class ChangeConflict(OrchestratorError):  # noqa: N818
    """The workload is no longer what the change was decided for: read it again and decide afresh."""


class ChangeRejected(OrchestratorError):  # noqa: N818
    """The orchestrator says no to the change itself, or to us: the same change is never right."""


class Orchestrator(Protocol):
    """Shows workloads and changes them.

    What is shown may lag behind what is: every change says what it was decided for, and is refused when that no
    longer holds. All methods may be called from any thread.
    """

    def workloads(self) -> Iterable[Workload]:
        """Every known workload that carries at least one annotation of ours."""

    def find(self, key: WorkloadKey) -> Workload | None:
        """The workload as last seen, None when it is gone or carries no annotation of ours."""

    def replicas(self, key: WorkloadKey) -> tuple[Replica, ...] | None:
        """The workload's instances that are there and are not being removed; None when the orchestrator will not tell.

        Once asked, a workload counts as changed also when an instance of its running rollout has changed.
        Raises `OrchestratorUnavailable` when it is not known yet.
        """

    def revision_annotations(self, key: WorkloadKey) -> tuple[Mapping[str, str], ...]:
        """The annotations of ours that earlier revisions of the workload carry; empty where revisions carry none.

        Raises `OrchestratorUnavailable`, and `ChangeConflict` when the workload is not what was last seen of it.
        """

    def last_changed_by(self, key: WorkloadKey, container: str) -> str | None:
        """The name of the program that set the container's image last, `OURSELVES` when it was Watch-Cluster.

        None when it is not known. What admission makes of our change counts as set by us.
        Raises `OrchestratorUnavailable`.
        """

    def nodes(self) -> tuple[Node, ...] | None:
        """The machines of the cluster, as they were some minutes ago at most; None when they are not known."""

    def apply(self, key: WorkloadKey, change: Change) -> None:
        """Make the change, all of it or nothing.

        Raises `OrchestratorUnavailable`, `ChangeConflict` or `ChangeRejected`. After `OrchestratorUnavailable` the
        change may have been made all the same.
        """

    def remove(self, key: WorkloadKey, replica: Replica) -> None:
        """Have the orchestrator make a new one in place of exactly this instance; nothing when it is gone already.

        Raises `OrchestratorUnavailable`, or `ChangeRejected` when we have no right to.
        """

    def freeze(self, namespace: str, reason: str | None) -> None:
        """Have no rollout start in the namespace, for that reason, or let them start again when it is None.

        Raises `OrchestratorUnavailable` or `ChangeRejected`.
        """

    def load(self) -> None:
        """Look at every workload once, for whoever does not want to observe. Raises `OrchestratorUnavailable`."""

    def start(self, changed: Callable[[WorkloadKey], None]) -> None:
        """Begin to observe. `changed` is called, from any thread, for each workload that appears, changes or goes.

        It is a hint to look again, and may be called too often.
        """

    def synced(self) -> bool:
        """Whether every workload that there is has been seen at least once since `start`."""

    def staleness(self) -> float:
        """For how many seconds nothing has been heard of some part of the cluster; what is shown may be as old."""

    def close(self) -> None:
        """Stop observing; afterwards `changed` is not called any more."""
