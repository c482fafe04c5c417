"""A registry over the images of the tests' registry that notifies others of pushes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from tests.cluster.control_plane import ControlPlane
from tests.cluster.registry.registry_process import RegistryProcess


class NotifyingRegistry(RegistryProcess):
    """A registry with notification endpoints, each with its `Authorization` header."""

    def __init__(self, plane: ControlPlane, folder: Path, endpoints: Mapping[str, str]) -> None:
        notified = [
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
        super().__init__(plane, folder, "notifying-registry", {"notifications": {"endpoints": notified}})
