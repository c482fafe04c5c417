"""Containers that share a namespace of a replaced container, or depend on it in Compose, come after it, in order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import msgspec
import structlog

from watch_cluster.adapters.docker.containers.facts import Facts, UnreadableContainer
from watch_cluster.adapters.docker.containers.names import (
    COMPOSE_SERVICE,
    DEPENDS_ON,
    PROJECT,
    REPLACES,
    START,
    Role,
)
from watch_cluster.adapters.docker.engine.client import EngineApi
from watch_cluster.adapters.docker.engine.errors import EngineNotFound, EngineRefused
from watch_cluster.adapters.docker.replacing.steps import Steps

_CREATED: Final = 12
"""Hexadecimal digits of an id that identify a container in its configuration."""


class DependencyCycle(EngineRefused):
    """Containers depend on each other in a cycle, so there is no order in which they could follow."""


@dataclass(frozen=True, slots=True)
class Dependents:
    """Has the containers that depend on a replaced one follow it."""

    api: EngineApi
    steps: Steps

    def check(self, container: Facts) -> None:
        """Raise `DependencyCycle` when the dependents of the container cannot be ordered."""
        in_order(container, (), self._others(container))

    def follow(self, current: Facts, before: Facts) -> None:
        """Recreate what shares a namespace with `before`, and restart what started earlier than `current`."""
        if current.labels.get(START, "true") != "true":
            return
        for each in in_order(current, (before.id,), self._others(current)):
            if any(_names_id(mode, before.id) for mode in each.namespaces):
                self._recreate(each, current)
            elif each.status == "running" and each.started_at < self._started(current):
                self.steps.restart(each)

    def _recreate(self, each: Facts, current: Facts) -> None:
        """Have it share the namespaces of the new container: it names the old one by its id."""
        if each.role is not Role.CURRENT:
            return
        labels = {REPLACES: each.id, START: "true" if each.up else "false"}
        self.steps.create(each, each.image, labels, shared=current.id)
        successor = Facts.of(self.steps.inspect(f"{each.base}{Role.NEXT}"))
        self.steps.stop(each)
        self.steps.rename(each, f"{each.base}{Role.PREVIOUS}")
        self.steps.rename(successor, each.base)
        if each.up:
            self.steps.start(successor)
        self.steps.remove(each)

    def _started(self, current: Facts) -> datetime:
        return Facts.of(self.steps.inspect(current.id)).started_at

    def _others(self, container: Facts) -> tuple[Facts, ...]:
        """All other containers that could depend on it; read one by one, since they are untrusted."""
        found = []
        for raw in self.api.items("/containers/json", all="1"):
            try:
                listed = msgspec.json.decode(raw)
                mode = str((listed.get("HostConfig") or {}).get("NetworkMode"))
                if not mode.startswith("container:") and DEPENDS_ON not in (listed.get("Labels") or {}):
                    continue
                each = Facts.of(self.steps.inspect(listed["Id"]))
            except (msgspec.MsgspecError, KeyError, TypeError, AttributeError, UnreadableContainer, EngineNotFound):
                structlog.get_logger().debug("a container cannot be read; it is not considered as a dependent")
                continue
            if each.id != container.id and (each.namespaces or DEPENDS_ON in each.labels):
                found.append(each)
        return tuple(found)


def in_order(root: Facts, formerly: Sequence[str], others: Iterable[Facts]) -> tuple[Facts, ...]:
    """The direct and indirect dependents of `root`, each after those that it depends on.

    `formerly` are ids that `root` had. Raises `DependencyCycle`.
    """
    candidates = [each for each in others if each.role is Role.CURRENT and each.id not in formerly]
    ids = {root.id: (root.id, *formerly), **{each.id: (each.id,) for each in candidates}}
    order: list[Facts] = []
    path: list[str] = []

    def visit(target: Facts) -> None:
        path.append(target.base)
        for each in candidates:
            if _depends(each, target, ids[target.id]):
                if each.base in path:
                    cycle = " -> ".join([*path[path.index(each.base) :], each.base])
                    raise DependencyCycle(f"docker: containers depend on each other in a cycle: {cycle}")
                visit(each)
                if each not in order:
                    order.insert(0, each)
        path.pop()

    visit(root)
    if any(_depends(root, each, (each.id,)) for each in order):
        raise DependencyCycle(f"docker: containers depend on each other in a cycle: {root.base} -> {root.base}")
    return tuple(order)


def _depends(each: Facts, target: Facts, ids: Sequence[str]) -> bool:
    if each.id == target.id:
        return False
    if any(mode == target.base or any(_names_id(mode, known) for known in ids) for mode in each.namespaces):
        return True
    project = each.labels.get(PROJECT)
    return (
        project is not None
        and project == target.labels.get(PROJECT)
        and target.labels.get(COMPOSE_SERVICE) in depended_on(each.labels)
    )


def depended_on(labels: Mapping[str, str]) -> tuple[str, ...]:
    """The services that a container of Compose depends on: `db:service_healthy:true,cache:service_started:false`."""
    text = labels.get(DEPENDS_ON, "")
    return tuple(name for part in text.split(",") if (name := part.partition(":")[0].strip()))


def _names_id(mode: str, container_id: str) -> bool:
    return len(mode) >= _CREATED and container_id.startswith(mode)
