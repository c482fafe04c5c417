"""The port that observes rollouts: replicas, earlier revisions, and who changed what."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Protocol

from watch_cluster.domain.workload.replica import Replica
from watch_cluster.domain.workload.workload import WorkloadKey

OURSELVES: Final = "watch-cluster"
"""The name under which Watch-Cluster itself changes workloads."""


class RolloutObserver(Protocol):
    """Observes what a workload runs and what happened to it. Safe for threads."""

    def replicas(self, key: WorkloadKey) -> tuple[Replica, ...] | None:
        """The workload's replicas that exist and are not being removed; None when we may not read them.

        After the first call for a workload, the change feed also reports changes of its replicas.
        Raises `OrchestratorUnavailable` while they are not known yet.
        """

    def revision_annotations(self, key: WorkloadKey) -> tuple[Mapping[str, str], ...]:
        """Our annotations on earlier revisions of the workload; empty where revisions carry none.

        Raises `OrchestratorUnavailable`, and `ChangeConflict` when the workload is no longer what was last read.
        """

    def last_changed_by(self, key: WorkloadKey, container: str) -> str | None:
        """The program that last set the container's image, `OURSELVES` when it was Watch-Cluster, None when unknown.

        What admission makes of our change counts as set by us. Raises `OrchestratorUnavailable`.
        """

    def replace(self, key: WorkloadKey, replica: Replica) -> None:
        """Have the orchestrator replace exactly this replica; does nothing when it is gone already.

        Raises `OrchestratorUnavailable`, or `ChangeRejected` when we have no right to.
        """
