"""The containers that concern us as last seen, grouped into workloads."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

import msgspec
import structlog

from watch_cluster.adapters.docker.containers.facts import Facts, UnreadableContainer
from watch_cluster.adapters.docker.containers.group import Group, ImageFacts, group_of
from watch_cluster.adapters.docker.containers.last_log_line import last_log_line
from watch_cluster.adapters.docker.containers.names import COMPOSE_SERVICE, PROJECT, SERVICE, concerns_us, key_of
from watch_cluster.adapters.docker.containers.workload import workload_of
from watch_cluster.adapters.docker.engine.client import EngineApi
from watch_cluster.adapters.docker.engine.errors import EngineNotFound
from watch_cluster.adapters.docker.state.store import Store
from watch_cluster.domain.workload.workload import Workload, WorkloadKey
from watch_cluster.tools.ongoing import Ongoing

_MAX_SKIPPED: Final = 1000


class Summary(msgspec.Struct, rename="pascal"):
    """An entry of the list of containers."""

    id: str
    names: tuple[str, ...] = ()
    labels: Mapping[str, str] | None = None
    state: str = ""
    image_id: str = msgspec.field(default="", name="ImageID")

    @property
    def name(self) -> str:
        """Its own name: the others are links to it."""
        return next((each.lstrip("/") for each in self.names if each.count("/") == 1), "")


class Inventory:
    """Reads containers, one by one, and keeps what it has read. Safe for threads."""

    def __init__(
        self,
        api: EngineApi,
        store: Store,
        namespaces: tuple[str, ...] = (),
        unreadable: Callable[[str], None] = lambda _resource: None,
    ) -> None:
        self.on_change: Callable[[WorkloadKey], None] | None = None
        """Called with each workload whose containers have changed."""
        self._api = api
        self._store = store
        self._namespaces = namespaces
        self._unreadable = unreadable
        self._skipped = Ongoing(_MAX_SKIPPED)
        self._lock = threading.RLock()
        self._engine = ""
        self._facts: dict[str, Facts] = {}
        self._keys: dict[WorkloadKey, set[str]] = {}
        self._images: dict[str, ImageFacts] = {}
        self._log_lines: dict[str, str] = {}
        self._groups: dict[WorkloadKey, Group] = {}
        self._workloads: dict[WorkloadKey, Workload] = {}

    def load(self) -> None:
        """Read all containers; those whose state is known already are not read again."""
        listed = list(self._list({}))
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
        found = {each.id for each in self._list(filters) if self._key(each.name, each.labels or {}) == key}
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

    @property
    def engine(self) -> str:
        """The name of the engine."""
        if not self._engine:
            self._engine = str(self._api.get("/info").get("Name") or "docker").lower()
        return self._engine

    def _list(self, filters: Mapping[str, list[str]]) -> Iterable[Summary]:
        params = {"all": "1", "filters": json.dumps(filters)}
        for raw in self._api.items("/containers/json", **params):
            try:
                each = msgspec.json.decode(raw, type=Summary)
            except msgspec.MsgspecError as error:
                self._skip(bytes(raw)[:80].decode(errors="replace"), str(error))
                continue
            if each.name and concerns_us(each.name, each.labels or {}):
                yield each

    def _key(self, name: str, labels: Mapping[str, str]) -> WorkloadKey:
        return key_of(name, labels, self.engine)

    def _inspect(self, container_id: str) -> None:
        try:
            inspected: Mapping[str, Any] = self._api.get(f"/containers/{container_id}/json")
            facts = Facts.of(inspected)
        except EngineNotFound:
            self._forget(container_id)
            return
        except (UnreadableContainer, msgspec.MsgspecError) as error:
            self._skip(container_id, str(error))
            self._forget(container_id)
            return
        if not concerns_us(facts.name, facts.labels):
            self._forget(container_id)
            return
        image = self._read_image(facts.image_id)
        log_line = "" if facts.ready or facts.status == "created" else last_log_line(self._api, container_id)
        key = self._key(facts.name, facts.labels)
        if self._namespaces and key.namespace not in self._namespaces:
            return
        with self._lock:
            before = self._facts.get(container_id)
            self._images[facts.image_id] = image
            self._facts[container_id] = facts
            self._log_lines[container_id] = log_line
            old_key = None if before is None else self._key(before.name, before.labels)
            if old_key is not None and old_key != key:
                self._keys.get(old_key, set()).discard(container_id)
            self._keys.setdefault(key, set()).add(container_id)
        if old_key is not None and old_key != key:
            self._build(old_key)
        self._build(key)

    def _read_image(self, image_id: str) -> ImageFacts:
        try:
            found = self._api.get(f"/images/{image_id}/json")
            config = found.get("Config") or {}
            labels = {str(key): str(value) for key, value in (config.get("Labels") or {}).items()}
            return ImageFacts(tuple(str(each) for each in found.get("RepoDigests") or ()), labels)
        except (EngineNotFound, AttributeError, TypeError):
            return ImageFacts()

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

    def _skip(self, what: str, why: str) -> None:
        self._unreadable("containers")
        if self._skipped.begins(what, why):
            structlog.get_logger().warning("a container cannot be read; skipping it", container=what, error=why)
