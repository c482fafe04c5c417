"""A Docker Engine and a registry of the tests' own, and the docker command line that people use."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import httpx
import yaml

from tests.cluster.nodes.mounts import unmount_all
from tests.cluster.processes import Server, answers, free_port
from tests.cluster.registry.images import Program, push
from watch_cluster.adapters.docker.engine.address import EngineAddress
from watch_cluster.adapters.docker.engine.client import EngineApi

ADMINISTRATION: Final = "/usr/sbin:/usr/bin:/sbin:/bin"
"""Where the engine and the programs that it starts are installed."""
CLI: Final = "/usr/bin/docker"
HEALTHCHECK: Final = {
    "Test": ["CMD", "/workload", "ready"],
    "Interval": 300_000_000,
    "Timeout": 5_000_000_000,
    "Retries": 1000,
}


def missing() -> str | None:
    """What is not there that an engine needs, None when all is."""
    if os.geteuid() != 0:
        return "it needs root"
    lacking = [
        name for name in ("dockerd", "containerd", "runc", "docker") if not shutil.which(name, path=ADMINISTRATION)
    ]
    return f"install docker.io: {', '.join(lacking)} not found" if lacking else None


class DockerEngine:
    """dockerd with its own socket, data and pid file, and a registry beside it."""

    def __init__(self, binary: Path, program: bytes, folder: Path) -> None:
        self.folder = folder
        self.socket = folder / "docker.sock"
        self.address = EngineAddress.parse(f"unix://{self.socket}")
        self.registry = f"127.0.0.1:{free_port()}"
        self.program = Program(program)
        self._published: dict[tuple[str, str], tuple[object, ...]] = {}
        self._digests: dict[tuple[object, ...], str] = {}
        self.images = folder / "registry"
        configuration = folder / "registry.yaml"
        document = {
            "version": "0.1",
            "log": {"level": "error", "accesslog": {"disabled": True}},
            "storage": {"filesystem": {"rootdirectory": str(self.images)}},
            "http": {"addr": self.registry},
        }
        configuration.write_text(yaml.safe_dump(document))
        command = [str(binary), "registry", str(configuration)]
        self.registry_server = Server("registry", command, folder, lambda: answers(f"http://{self.registry}/v2/"))
        environment = ["env", f"PATH={ADMINISTRATION}", "dockerd", "--host", f"unix://{self.socket}"]
        folders = [
            f"--data-root={folder / 'data'}",
            f"--exec-root={folder / 'exec'}",
            f"--pidfile={folder / 'docker.pid'}",
        ]
        self.server = Server(
            "dockerd",
            [*environment, *folders, "--iptables=false", "--ip-masq=false", "--shutdown-timeout=2"],
            folder,
            self._serves,
        )

    def start(self) -> None:
        """Start both."""
        try:
            self.registry_server.start()
            self.server.start()
        except BaseException:
            self.registry_server.stop()
            raise

    def stop(self) -> None:
        """Remove all containers, and stop both."""
        self.clean()
        self.server.stop()
        self.registry_server.stop()
        unmount_all(self.folder)

    def clean(self) -> None:
        """Remove all containers, networks and volumes."""
        containers = self.cli("ps", "--all", "--quiet", "--no-trunc").split()
        if containers:
            self.cli("rm", "--force", "--volumes", *containers)
        if networks := self.cli("network", "ls", "--quiet", "--filter", "type=custom").split():
            self.cli("network", "rm", *networks)

    def cli(self, *arguments: str) -> str:
        """Run the docker command line, as a person does."""
        environment = {"DOCKER_HOST": f"unix://{self.socket}", "PATH": ADMINISTRATION, "HOME": str(self.folder)}
        done = subprocess.run([CLI, *arguments], env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"docker {' '.join(arguments)}: {done.stderr}"
        return done.stdout

    def api(self) -> EngineApi:
        """A new client."""
        return EngineApi(self.address)

    def inspect(self, name: str) -> dict[str, Any]:
        """All that the engine says of a container."""
        found: list[dict[str, Any]] = json.loads(self.cli("inspect", "--type", "container", name))
        return found[0]

    def names(self) -> set[str]:
        """The names of all containers."""
        return set(self.cli("ps", "--all", "--format", "{{.Names}}").split())

    def publish(
        self,
        repository: str,
        tag: str,
        behavior: str = "good",
        edition: int = 1,
        *,
        healthcheck: bool = False,
        configuration: Mapping[str, object] | None = None,
        built: datetime | None = None,
    ) -> str:
        """Push an image and return its digest."""
        given = {**({"Healthcheck": HEALTHCHECK} if healthcheck else {}), **(configuration or {})}
        image = (repository, tag, behavior, edition, json.dumps(given), built)
        if self._published.get((repository, tag)) != image:
            digest = push(
                self.registry, repository, tag, behavior, edition, self.program, built=built, configuration=given
            )
            self._published[repository, tag], self._digests[image] = image, digest
        return self._digests[image]

    def _serves(self) -> bool:
        if not self.socket.exists():
            return False
        try:
            transport = httpx.HTTPTransport(uds=str(self.socket))
            with httpx.Client(transport=transport, base_url="http://docker") as client:
                return client.get("/_ping").is_success
        except httpx.TransportError:
            return False
