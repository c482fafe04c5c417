"""Reads containers from the engine, one by one; what cannot be read is skipped and logged once."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import msgspec
import structlog

from watch_cluster.adapters.docker.containers.facts import Facts, UnreadableContainer
from watch_cluster.adapters.docker.containers.group import ImageFacts
from watch_cluster.adapters.docker.containers.last_log_line import last_log_line
from watch_cluster.adapters.docker.containers.names import concerns_us
from watch_cluster.adapters.docker.engine.client import EngineApi
from watch_cluster.adapters.docker.engine.errors import EngineNotFound
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


@dataclass(frozen=True, slots=True)
class ReadContainer:
    """A container with its image, and its last log line if it is not ready."""

    facts: Facts
    image: ImageFacts
    log_line: str


class ContainerReader:
    """Reads the containers that concern us. `unreadable` is called for each that cannot be read."""

    def __init__(self, api: EngineApi, unreadable: Callable[[str], None] = lambda _resource: None) -> None:
        self._api = api
        self._unreadable = unreadable
        self._skipped = Ongoing(_MAX_SKIPPED)
        self._engine = ""

    @property
    def engine(self) -> str:
        """The name of the engine."""
        if not self._engine:
            self._engine = str(self._api.get("/info").get("Name") or "docker").lower()
        return self._engine

    def list(self, filters: Mapping[str, list[str]]) -> Iterator[Summary]:
        """Yield the containers that the filters select."""
        params = {"all": "1", "filters": json.dumps(filters)}
        for raw in self._api.items("/containers/json", **params):
            try:
                each = msgspec.json.decode(raw, type=Summary)
            except msgspec.MsgspecError as error:
                self._skip(bytes(raw)[:80].decode(errors="replace"), str(error))
                continue
            if each.name and concerns_us(each.name, each.labels or {}):
                yield each

    def read(self, container_id: str) -> ReadContainer | None:
        """Read one container; None if it is gone, unreadable, or does not concern us."""
        try:
            inspected: Mapping[str, Any] = self._api.get(f"/containers/{container_id}/json")
            facts = Facts.of(inspected)
        except EngineNotFound:
            return None
        except (UnreadableContainer, msgspec.MsgspecError) as error:
            self._skip(container_id, str(error))
            return None
        if not concerns_us(facts.name, facts.labels):
            return None
        log_line = "" if facts.ready or facts.status == "created" else last_log_line(self._api, container_id)
        return ReadContainer(facts, self._read_image(facts.image_id), log_line)

    def _read_image(self, image_id: str) -> ImageFacts:
        try:
            found = self._api.get(f"/images/{image_id}/json")
            config = found.get("Config") or {}
            labels = {str(key): str(value) for key, value in (config.get("Labels") or {}).items()}
            return ImageFacts(tuple(str(each) for each in found.get("RepoDigests") or ()), labels)
        except (EngineNotFound, AttributeError, TypeError):
            return ImageFacts()

    def _skip(self, what: str, why: str) -> None:
        self._unreadable("containers")
        if self._skipped.begins(what, why):
            structlog.get_logger().warning("a container cannot be read; skipping it", container=what, error=why)
