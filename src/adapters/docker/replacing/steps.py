"""The single calls of a replacement. Each may be repeated: what is done already is left as it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from watch_cluster.adapters.docker.containers.configuration import endpoints, successor
from watch_cluster.adapters.docker.containers.facts import Facts
from watch_cluster.adapters.docker.containers.names import Role
from watch_cluster.adapters.docker.engine.client import SECONDS, EngineApi
from watch_cluster.adapters.docker.engine.errors import EngineConflict, EngineNotFound, EngineRefused, EngineUnavailable

_DEFAULT_STOP_SECONDS: Final = 10


class Steps:
    """Calls to one engine. Raises the errors of `engine.errors`."""

    def __init__(self, api: EngineApi) -> None:
        self._api = api

    def inspect(self, container_id: str) -> Mapping[str, Any]:
        """Read all of a container."""
        found: Mapping[str, Any] = self._api.get(f"/containers/{container_id}/json")
        return found

    def create(self, old: Facts, reference: str, labels: Mapping[str, str], shared: str | None = None) -> None:
        """Create the successor of a container, in all its networks, and do not start it."""
        inspected = self.inspect(old.id)
        try:
            image = self._api.get(f"/images/{old.image_id}/json").get("Config") or {}
        except EngineNotFound:
            image = {}
        body = successor(inspected, image, reference, labels, shared)
        self._api.post("/containers/create", body, params={"name": f"{old.base}{Role.NEXT}"})

    def connect(self, old: Facts, successor_name: str) -> None:
        """Connect the successor with the networks of the old container that it is not in yet."""
        present = set(endpoints(self.inspect(successor_name)))
        for network, endpoint in endpoints(self.inspect(old.id)).items():
            if network not in present:
                body = {"Container": successor_name, "EndpointConfig": endpoint}
                self._api.post(f"/networks/{network}/connect", body)

    def start(self, container: Facts) -> None:
        """Start the container. What the engine cannot start says so in its state."""
        try:
            self._api.post(f"/containers/{container.id}/start")
        except (EngineRefused, EngineUnavailable):
            if not Facts.of(self.inspect(container.id)).error:
                raise

    def stop(self, container: Facts) -> None:
        """Stop the container with its own signal, and kill it after its own time."""
        config = self.inspect(container.id)["Config"]
        timeout = config.get("StopTimeout")
        seconds = _DEFAULT_STOP_SECONDS if timeout is None else max(0, int(timeout))
        self._api.post(f"/containers/{container.id}/stop", seconds=SECONDS + seconds)

    def restart(self, container: Facts) -> None:
        """Stop and start the container."""
        self.stop(container)
        self.start(container)

    def rename(self, container: Facts, name: str) -> None:
        """Give the container the name."""
        if container.name == name:
            return
        try:
            self._api.post(f"/containers/{container.id}/rename", params={"name": name})
        except EngineRefused:
            if Facts.of(self.inspect(container.id)).name != name:
                raise

    def remove(self, container: Facts) -> None:
        """Remove the container, never its volumes."""
        self.remove_by_name(container.id)

    def remove_by_name(self, name: str) -> None:
        """Remove the container with this name or id, never its volumes."""
        try:
            self._api.delete(f"/containers/{name}", force="1")
        except EngineNotFound:
            pass
        except EngineConflict as error:
            if "already in progress" not in str(error):
                raise

    def remove_image(self, image_id: str) -> None:
        """Remove the image with the references that it was pulled by; one that anything uses stays."""
        try:
            found = self._api.get(f"/images/{image_id}/json")
            for reference in (*(found.get("RepoTags") or ()), *(found.get("RepoDigests") or ())):
                self._api.delete(f"/images/{reference}")
        except (EngineConflict, EngineNotFound):
            return
