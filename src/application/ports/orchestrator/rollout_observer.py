"""The port that observes rollouts: replicas, earlier revisions, and the last author of a change."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Protocol

from watch_cluster.domain.workload.replica import Replica
from watch_cluster.domain.workload.workload import WorkloadKey

OUR_NAME: Final = "watch-cluster"
"""The name under which Watch-Cluster itself changes workloads."""


class RolloutObserver(Protocol):
    """Observes the replicas and the history of workloads. Thread-safe."""

    def replicas(self, key: WorkloadKey) -> tuple[Replica, ...] | None:
        """Return the workload's replicas that exist and are not being deleted; None without permission to read them.

        After the first call for a workload, the change feed also reports changes of its replicas.
        Raises `OrchestratorUnavailable` while they are not known yet.
        """

    def revision_annotations(self, key: WorkloadKey) -> tuple[Mapping[str, str], ...]:
        """Return Watch-Cluster's annotations on earlier revisions; empty if revisions have none.

        Raises `OrchestratorUnavailable`, and `ChangeConflict` if the workload has changed since it was last read.
        """

    def last_changed_by(self, key: WorkloadKey, container: str) -> str | None:
        """Return the program that last set the container's image: `OUR_NAME` for Watch-Cluster, None if unknown.

        What admission makes of Watch-Cluster's change is also Watch-Cluster's. Raises `OrchestratorUnavailable`.
        """

    def replace(self, key: WorkloadKey, replica: Replica) -> None:
        """Have the orchestrator replace exactly this replica; do nothing if it no longer exists.

        Raises `OrchestratorUnavailable`, or `ChangeRejected` without permission.
        """
