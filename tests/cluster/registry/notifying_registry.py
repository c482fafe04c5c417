"""A registry over the images of the tests' registry that tells others about pushes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

import yaml

from tests.cluster.control_plane import ControlPlane
from tests.cluster.processes import Server, answers, free_port


class NotifyingRegistry:
    """A process of the distribution registry with notification endpoints, each with its `Authorization` header."""

    def __init__(self, plane: ControlPlane, folder: Path, endpoints: Mapping[str, str]) -> None:
        self.host = f"127.0.0.1:{free_port()}"
        configuration = folder / "notifying-registry.yaml"
        configuration.write_text(
            yaml.safe_dump(
                {
                    "version": "0.1",
                    "log": {"level": "error", "accesslog": {"disabled": True}},
                    "storage": {"filesystem": {"rootdirectory": str(plane.images)}},
                    "http": {"addr": self.host},
                    "notifications": {
                        "endpoints": [
                            {
                                "name": f"endpoint-{number}",
                                "url": url,
                                "headers": {"Authorization": [authorization]},
                                "timeout": "5s",
                                "threshold": 5,
                                "backoff": "1s",
                                "ignore": {"actions": ["pull"]},
                            }
                            for number, (url, authorization) in enumerate(endpoints.items())
                        ]
                    },
                }
            )
        )
        self._server = Server(
            "notifying-registry",
            plane.registry_command(configuration),
            folder,
            lambda: answers(f"http://{self.host}/v2/"),
        )

    def __enter__(self) -> Self:
        self._server.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.stop()
