"""Another process of the distribution registry, over the images that were pushed to the tests' registry."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import yaml

from tests.cluster.control_plane import ControlPlane
from tests.cluster.processes import Server, answers, free_port


class RegistryProcess:
    """A registry on a port of its own, which runs within a `with` block.

    `settings` are added to its configuration; `ready` says whether it answers at the URL of its API, by default with
    any success.
    """

    def __init__(
        self,
        plane: ControlPlane,
        folder: Path,
        name: str,
        settings: Mapping[str, Any],
        ready: Callable[[str], bool] = answers,
    ) -> None:
        self.port = free_port()
        self.host = f"127.0.0.1:{self.port}"
        http = {"addr": self.host, **settings.get("http", {})}
        document = {
            "version": "0.1",
            "log": {"level": "error", "accesslog": {"disabled": True}},
            "storage": {"filesystem": {"rootdirectory": str(plane.images)}},
            **settings,
            "http": http,
        }
        configuration = folder / f"{name}.yaml"
        configuration.write_text(yaml.safe_dump(document))
        scheme = "https" if "tls" in http else "http"
        url = f"{scheme}://{self.host}/v2/"
        self._server = Server(name, plane.registry_command(configuration), folder, lambda: ready(url))

    def __enter__(self) -> Self:
        self._server.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.stop()
