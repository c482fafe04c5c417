"""Docker Engine as an orchestrator: one adapter for each port, and what they share."""

from __future__ import annotations

from collections.abc import Callable

from watch_cluster.adapters.docker.change_feed import DockerChangeFeed
from watch_cluster.adapters.docker.containers.container_reader import ContainerReader
from watch_cluster.adapters.docker.containers.inventory import Inventory
from watch_cluster.adapters.docker.engine.client import EngineApi
from watch_cluster.adapters.docker.engine.own_container import own_container
from watch_cluster.adapters.docker.freeze_switch import DockerFreezeSwitch
from watch_cluster.adapters.docker.node_inventory import DockerNodeInventory
from watch_cluster.adapters.docker.replacing.dependents import Dependents
from watch_cluster.adapters.docker.replacing.locks import Locks
from watch_cluster.adapters.docker.replacing.replacement import Replacement
from watch_cluster.adapters.docker.replacing.steps import Steps
from watch_cluster.adapters.docker.rollout_observer import DockerRolloutObserver
from watch_cluster.adapters.docker.state.store import Store
from watch_cluster.adapters.docker.workload_reader import DockerWorkloadReader
from watch_cluster.adapters.docker.workload_writer import DockerWorkloadWriter
from watch_cluster.adapters.workers import Workers
from watch_cluster.application.ports.orchestrator.orchestrator import Orchestrator
from watch_cluster.application.ports.registry.pull_credentials import PullCredentials


def docker_orchestrator(
    api: EngineApi,
    store: Store,
    credentials: PullCredentials,
    leads: Callable[[], bool] = lambda: True,
    namespaces: tuple[str, ...] = (),
    own: str = "watch-cluster",
    cleanup_images: bool = False,
    restarted: Callable[[str], None] = lambda _resource: None,
    unreadable: Callable[[str], None] = lambda _resource: None,
    workers: Workers | None = None,
) -> Orchestrator:
    """Watch the containers of one engine, of these namespaces only if any is named.

    `own` is the namespace whose freeze counts everywhere. Unfinished replacements are finished while `leads` says so.
    `restarted` and `unreadable` are called when the events break off and when a container cannot be read.
    """
    inventory = Inventory(ContainerReader(api, unreadable), store, namespaces)
    steps = Steps(api)
    locks = Locks()
    replacement = Replacement(steps, inventory, store, Dependents(api, steps), own_container(), cleanup_images)
    return Orchestrator(
        reader=DockerWorkloadReader(inventory, store, own),
        writer=DockerWorkloadWriter(api, inventory, store, replacement, locks, credentials),
        observer=DockerRolloutObserver(inventory, steps),
        feed=DockerChangeFeed(api, inventory, replacement, locks, leads, restarted, workers),
        nodes=DockerNodeInventory(api),
        freezes=DockerFreezeSwitch(store, inventory),
    )
