"""The containers that concern us as last seen, grouped into workloads."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping

from watch_cluster.adapters.docker.containers.container_reader import ContainerReader
from watch_cluster.adapters.docker.containers.facts import Facts
from watch_cluster.adapters.docker.containers.group import Group, ImageFacts, group_of
from watch_cluster.adapters.docker.containers.names import COMPOSE_SERVICE, PROJECT, SERVICE, key_of
from watch_cluster.adapters.docker.containers.workload import workload_of
from watch_cluster.adapters.docker.state.store import Store
from watch_cluster.domain.workload.workload import Workload, WorkloadKey


class Inventory:
    """Keeps what was read of containers, and notifies of changes. Safe for threads."""

    def __init__(
        self,
        reader: ContainerReader,
        store: Store,
        namespaces: tuple[str, ...] = (),
    ) -> None:
        self.on_change: Callable[[WorkloadKey], None] | None = None
        """Called with each workload whose containers have changed."""
        self._reader = reader
        self._store = store
        self._namespaces = namespaces
        self._lock = threading.RLock()
        self._facts: dict[str, Facts] = {}
        self._keys: dict[WorkloadKey, set[str]] = {}
        self._images: dict[str, ImageFacts] = {}
        self._log_lines: dict[str, str] = {}
        self._groups: dict[WorkloadKey, Group] = {}
        self._workloads: dict[WorkloadKey, Workload] = {}

    def load(self) -> None:
        """Read all containers; those whose state is known already are not read again."""
        listed = list(self._reader.list({}))
        present = {each.id for each in listed}
        for each in listed:
            known = self._facts.get(each.id)
            if known is None or (known.name, known.status) != (each.name, each.state):
                self._inspect(each.id)
        with self._lock:
            gone = [each for each in self._facts if each not in present]
        for container_id in gone:
            self._forget(container_id)

    def refresh(self, key: WorkloadKey) -> Group | None:
        """Read the containers of one workload again; None when it has none."""
        filters = {"name": [key.name]}
        if key.kind == SERVICE:
            filters = {"label": [f"{PROJECT}={key.namespace}", f"{COMPOSE_SERVICE}={key.name}"]}
        found = {each.id for each in self._reader.list(filters) if self._key(each.name, each.labels or {}) == key}
        with self._lock:
            known = set(self._keys.get(key, ()))
        for each in found:
            self._inspect(each)
        for each in known - found:
            self._inspect(each)
        return self.group(key)

    def refresh_container(self, container_id: str) -> None:
        """Read one container again, which may be gone."""
        self._inspect(container_id)

    def reread(self, key: WorkloadKey) -> None:
        """Take up what the store keeps for the workload now."""
        self._build(key)

    def group(self, key: WorkloadKey) -> Group | None:
        """The containers of the workload as last seen."""
        with self._lock:
            return self._groups.get(key)

    def workload(self, key: WorkloadKey) -> Workload | None:
        """The workload as last seen."""
        with self._lock:
            return self._workloads.get(key)

    def workloads(self) -> tuple[Workload, ...]:
        """All workloads as last seen."""
        with self._lock:
            return tuple(self._workloads.values())

    def unsettled(self) -> tuple[WorkloadKey, ...]:
        """The workloads with an unfinished replacement."""
        with self._lock:
            return tuple(key for key, group in self._groups.items() if group.unsettled)

    def _key(self, name: str, labels: Mapping[str, str]) -> WorkloadKey:
        return key_of(name, labels, self._reader.engine)

    def _inspect(self, container_id: str) -> None:
        found = self._reader.read(container_id)
        if found is None:
            self._forget(container_id)
            return
        facts = found.facts
        key = self._key(facts.name, facts.labels)
        if self._namespaces and key.namespace not in self._namespaces:
            return
        with self._lock:
            before = self._facts.get(container_id)
            self._images[facts.image_id] = found.image
            self._facts[container_id] = facts
            self._log_lines[container_id] = found.log_line
            old_key = None if before is None else self._key(before.name, before.labels)
            if old_key is not None and old_key != key:
                self._keys.get(old_key, set()).discard(container_id)
            self._keys.setdefault(key, set()).add(container_id)
        if old_key is not None and old_key != key:
            self._build(old_key)
        self._build(key)

    def _forget(self, container_id: str) -> None:
        with self._lock:
            facts = self._facts.pop(container_id, None)
            self._log_lines.pop(container_id, None)
            if facts is None:
                return
            key = self._key(facts.name, facts.labels)
            self._keys.get(key, set()).discard(container_id)
            if not any(each.image_id == facts.image_id for each in self._facts.values()):
                self._images.pop(facts.image_id, None)
        self._build(key)

    def _build(self, key: WorkloadKey) -> None:
        entry = self._store.entry(key)
        with self._lock:
            members = [self._facts[each] for each in self._keys.get(key, ()) if each in self._facts]
            if not members:
                self._keys.pop(key, None)
                changed = self._groups.pop(key, None) is not None
                self._workloads.pop(key, None)
            else:
                images = {each.image_id: self._images.get(each.image_id, ImageFacts()) for each in members}
                log_lines = {each.id: text for each in members if (text := self._log_lines.get(each.id))}
                group = group_of(key, members, entry, images, log_lines)
                changed = self._groups.get(key) != group
                self._groups[key] = group
                workload = workload_of(group)
                if workload is None:
                    self._workloads.pop(key, None)
                else:
                    self._workloads[key] = workload
            listener = self.on_change
        if changed and listener is not None:
            listener(key)
