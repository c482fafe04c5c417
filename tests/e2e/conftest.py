"""A team with a namespace, a repository and Watch-Cluster beside it."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.cluster.cluster import Cluster, deployment, leases_in
from tests.cluster.control_plane import ControlPlane
from tests.cluster.gate import Gate
from tests.cluster.processes import wait_until
from tests.cluster.registry.images import push
from tests.e2e.process import PATIENCE_SECONDS, PROGRAM, WatchCluster, command, process_environment

EVERY_SECOND = "* * * * * ?"


class Team:
    """What the people of one namespace do and see, with `kubectl` and a registry."""

    def __init__(self, cluster: Cluster, namespace: str, folder: Path) -> None:
        self.cluster = cluster
        self.namespace = namespace
        self._log = folder / "watch-cluster.log"
        self._processes: list[WatchCluster] = []
        self.environment = {
            "KUBECONFIG": str(cluster.kubeconfig),
            "WATCH_NAMESPACES": namespace,
            "POD_NAMESPACE": namespace,
            "REGISTRY_PLAIN_HTTP": cluster.registry,
            "LOG_LEVEL": "debug",
        }

    def start(self, program: str = PROGRAM, prefix: Sequence[str] = (), **environment: str) -> WatchCluster:
        """Start a process; its command comes after the prefix."""
        process = WatchCluster(self._log, self.environment | environment, program, prefix)
        self._processes.append(process)
        return process

    def end(self) -> None:
        """End all processes."""
        for process in self._processes:
            process.kill()

    def run(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run another command of Watch-Cluster to its end."""
        return subprocess.run(
            command(*arguments),
            env=process_environment(self.environment | environment),
            check=False,
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
        )

    def push(self, tag: str, behavior: str = "good", repository: str = "shop", edition: int = 1) -> str:
        return push(self.cluster.registry, f"{self.namespace}/{repository}", tag, behavior, edition)

    def image(self, tag: str, repository: str = "shop") -> str:
        return f"{self.cluster.registry}/{self.namespace}/{repository}:{tag}"

    def deploy(self, name: str, image: str, /, **settings: str) -> None:
        """Apply a watched Deployment that is checked every second."""
        written = {"enabled": "true", "cron": EVERY_SECOND, "soak": "1s"} | settings
        document = deployment(name, image)
        document["metadata"] = {
            "name": name,
            "namespace": self.namespace,
            "annotations": {f"watch-cluster.io/{key.replace('_', '-')}": value for key, value in written.items()},
        }
        self.cluster.kubectl.apply(document)

    def kubectl(self, *arguments: str) -> str:
        return self.cluster.kubectl("-n", self.namespace, *arguments)

    def runs(self, name: str) -> str:
        """The image in the Deployment's template."""
        image: str = self._deployment(name)["spec"]["template"]["spec"]["containers"][0]["image"]
        return image

    def annotations(self, name: str) -> dict[str, str]:
        """Our annotations on the Deployment, without our domain."""
        written: dict[str, str] = self._deployment(name)["metadata"]["annotations"]
        return {
            key.removeprefix("watch-cluster.io/"): value
            for key, value in written.items()
            if key.startswith("watch-cluster.io/")
        }

    def rollout(self, name: str) -> dict[str, Any]:
        """The record of the last rollout, empty before the first."""
        record: dict[str, Any] = json.loads(self.annotations(name).get("rollout", "{}"))
        return record

    def digests(self) -> dict[str, str]:
        """Up to when digests were sent, by channel."""
        found = self.kubectl("get", "leases", "-o", "json", "--field-selector", "metadata.name=watch-cluster-digests")
        written = [each["metadata"]["annotations"]["watch-cluster.io/digests"] for each in json.loads(found)["items"]]
        return dict(json.loads(written[0])) if written else {}

    def events(self, name: str, reason: str) -> list[str]:
        """The messages of the Events with that reason."""
        selector = f"reason={reason},involvedObject.name={name}"
        found = self.cluster.read(f"/api/v1/namespaces/{self.namespace}/events", fieldSelector=selector)
        return [each["message"] for each in found["items"]]

    def wait_for_event(self, name: str, reason: str) -> str:
        """Wait for an Event with that reason, and give the message of the only one."""
        wait_until(lambda: self.events(name, reason) != [], f"{name} has an Event {reason}", PATIENCE_SECONDS)
        [message] = self.events(name, reason)
        return message

    def running_digests(self, name: str) -> set[str]:
        """The digests that the Deployment's pods report."""
        found = self.cluster.read(f"/api/v1/namespaces/{self.namespace}/pods", labelSelector=f"app={name}")
        statuses = [status for pod in found["items"] for status in pod["status"].get("containerStatuses", [])]
        return {status["imageID"].rpartition("@")[2] for status in statuses}

    def comes_to_run(self, name: str, image: str) -> None:
        wait_until(lambda: self.runs(name) == image, f"{name} runs {image}, not {self.runs(name)}", PATIENCE_SECONDS)

    def ends(self, name: str, state: str) -> None:
        wait_until(
            lambda: self.rollout(name).get("state") == state,
            f"the rollout of {name} is {state}, not {self.rollout(name)}",
            PATIENCE_SECONDS,
        )

    def _deployment(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = self.cluster.read(f"/apis/apps/v1/namespaces/{self.namespace}/deployments/{name}")
        return found


@pytest.fixture
def team(cluster: Cluster, namespace: str, tmp_path: Path) -> Iterator[Team]:
    cluster.kubectl.apply(*leases_in(namespace))
    made = Team(cluster, namespace, tmp_path)
    yield made
    made.end()


@pytest.fixture
def plane(cluster: Cluster) -> ControlPlane:
    if cluster.control_plane is None:
        pytest.skip("breaks the control plane, which is not the tests' own")
    return cluster.control_plane


@pytest.fixture
def gate(plane: ControlPlane) -> Iterator[Gate]:
    with Gate(plane) as gate:
        yield gate
