"""Observes the containers of a workload as its replicas."""

from __future__ import annotations

from collections.abc import Mapping

from watch_cluster.adapters.docker.containers.inventory import Inventory
from watch_cluster.adapters.docker.containers.replicas import replicas_of
from watch_cluster.adapters.docker.containers.workload import last_changed_by
from watch_cluster.adapters.docker.replacing.steps import Steps
from watch_cluster.application.ports.orchestrator.workload_writer import ChangeConflict, ChangeRejected
from watch_cluster.domain.rollout.record.record import RolloutRecord
from watch_cluster.domain.workload.replica import Replica
from watch_cluster.domain.workload.workload import WorkloadKey


class DockerRolloutObserver:
    """Implements the port `RolloutObserver`. Containers have no revisions that carry annotations."""

    def __init__(self, inventory: Inventory, steps: Steps) -> None:
        self._inventory = inventory
        self._steps = steps

    def replicas(self, key: WorkloadKey) -> tuple[Replica, ...] | None:
        """The containers that run, or are to run."""
        group = self._inventory.group(key)
        workload = self._inventory.workload(key)
        if group is None or workload is None:
            return ()
        record = RolloutRecord.of(workload)
        return replicas_of(group, running=record is not None and record.running)

    def revision_annotations(self, key: WorkloadKey) -> tuple[Mapping[str, str], ...]:
        """None: the records are in the store, and no tool undoes them together with an image."""
        if self._inventory.group(key) is None:
            raise ChangeConflict(f"{key} is gone")
        return ()

    def last_changed_by(self, key: WorkloadKey, container: str) -> str | None:  # noqa: ARG002 - there is one
        """`OUR_NAME` for a container that we created, else the program that creates such containers."""
        group = self._inventory.group(key)
        return None if group is None else last_changed_by(group)

    def replace(self, key: WorkloadKey, replica: Replica) -> None:
        """Refuse: no container waits for another one of its workload, so none is stuck."""
        raise ChangeRejected(f"{replica.name} of {key} is not replaced: containers are not replaced one after another")
