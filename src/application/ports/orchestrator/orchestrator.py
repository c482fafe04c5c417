"""The ports that an orchestrator's adapter implements, together."""

from __future__ import annotations

from dataclasses import dataclass

from watch_cluster.application.ports.orchestrator.change_feed import ChangeFeed
from watch_cluster.application.ports.orchestrator.freeze_switch import FreezeSwitch
from watch_cluster.application.ports.orchestrator.node_inventory import NodeInventory
from watch_cluster.application.ports.orchestrator.rollout_observer import RolloutObserver
from watch_cluster.application.ports.orchestrator.workload_reader import WorkloadReader
from watch_cluster.application.ports.orchestrator.workload_writer import WorkloadWriter


@dataclass(frozen=True, slots=True)
class Orchestrator:
    """The ports of one orchestrator, so that it can be swapped as a whole."""

    reader: WorkloadReader
    writer: WorkloadWriter
    observer: RolloutObserver
    feed: ChangeFeed
    nodes: NodeInventory
    freezes: FreezeSwitch
