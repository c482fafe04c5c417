"""The process is killed before or after any of its writes takes effect; a fresh one brings all to the same end."""

from __future__ import annotations

import json
import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pytest

from tests.cluster.cluster import Cluster, container, deployment, leases_in
from tests.cluster.control_plane import ControlPlane
from tests.cluster.gate import Cut, Gate
from tests.cluster.processes import wait_until
from tests.cluster.registry.images import push
from tests.e2e.process import PATIENCE_SECONDS, WatchCluster
from tests.servers.webhook_receiver import WebhookReceiver
from watch_cluster.adapters.notifications.client import ID_HEADER

AT_ONCE: Final = 6
ID: Final = ID_HEADER.lower()
_ENDS: Final = frozenset({"IMAGE_ROLLOUT_COMPLETED", "IMAGE_ROLLOUT_FAILED", "IMAGE_ROLLED_BACK"})


@dataclass(frozen=True, slots=True)
class Tale:
    """What happens to a workload with these containers when a newer tag behaves like that."""

    behavior: str
    containers: tuple[str, ...]
    state: str
    revision: str
    """How often its template is another one in all, its creation included."""


TALES: Final = {
    "a success": Tale("good", ("shop",), "done", "2"),
    "a failure that is rolled back": Tale("crash", ("shop",), "rolled-back", "3"),
    "several containers": Tale("good", ("shop", "mesh"), "done", "2"),
}


@dataclass
class Scene:
    """A namespace of its own with the workload, a door to the API server, and a receiver of webhooks."""

    cluster: Cluster
    tale: Tale
    folder: Path
    gate: Gate
    receiver: WebhookReceiver
    namespace: str = field(default_factory=lambda: f"kill-{uuid.uuid4().hex[:10]}")

    def set_up(self) -> None:
        """Create the workload as it is before anything happens."""
        images = {name: f"{self.cluster.registry}/{self.tale.behavior}/{name}:1.0.0" for name in self.tale.containers}
        document = deployment("shop", images["shop"], replicas=1)
        document["spec"]["template"]["spec"]["containers"] = [container(name, image) for name, image in images.items()]
        written = {"enabled": "true", "cron": "* * * * * ?", "soak": "1s", "containers": "*", "rollout-timeout": "60s"}
        document["metadata"] |= {
            "namespace": self.namespace,
            "annotations": {f"watch-cluster.io/{key}": value for key, value in written.items()},
        }
        space = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": self.namespace}}
        self.cluster.kubectl.apply(space, *leases_in(self.namespace), document)
        wait_until(lambda: "availableReplicas" in self._workload()["status"], "it runs", PATIENCE_SECONDS)

    def start(self) -> WatchCluster:
        """Start a process that goes through the door."""
        return WatchCluster(
            self.folder / f"{self.namespace}.log",
            {
                "KUBECONFIG": str(self.gate.kubeconfig(self.cluster.kubeconfig, self.folder)),
                "WATCH_NAMESPACES": self.namespace,
                "POD_NAMESPACE": self.namespace,
                "REGISTRY_PLAIN_HTTP": self.cluster.registry,
                "WEBHOOK_URL": self.receiver.url,
                **{f"WEBHOOK_ENABLE_{each}": "true" for each in (*_ENDS, "IMAGE_ROLLOUT_STARTED")},
            },
        )

    def let_the_lease_end(self) -> None:
        """Nobody else knows that the holder is dead; the tests need not wait for a quarter of a minute each time."""
        body = json.dumps({"spec": {"leaseDurationSeconds": 1}})
        self.cluster.kubectl("-n", self.namespace, "patch", "lease", "watch-cluster", "--type=merge", "-p", body)

    def ended(self) -> bool:
        """Whether the rollout has come to its end, and everybody has heard of it."""
        record = json.loads(self._annotations().get("watch-cluster.io/rollout", "{}"))
        return record.get("state") == self.tale.state and not record.get("unreported")

    def outcome(self) -> dict[str, Any]:
        """What must be the same, whoever died."""
        found = self._workload()
        reports = {(json.loads(each.body)["eventType"], each.headers[ID]) for each in self.receiver.received}
        return {
            "images": [each["image"] for each in found["spec"]["template"]["spec"]["containers"]],
            "revision": found["metadata"]["annotations"]["deployment.kubernetes.io/revision"],
            "annotations": sorted(self._annotations()),
            "events": dict(Counter(each["reason"] for each in self._events())),
            # A start may be lost with the process that told it; an end that comes twice comes with the same identity.
            "ends reported": sorted(kind for kind, _ in reports if kind in _ENDS),
        }

    def told(self) -> str:
        """What the Events say."""
        return "; ".join(f"{each['reason']}: {each['note']}" for each in self._events())

    def _events(self) -> list[dict[str, Any]]:
        events = self.cluster.read(f"/apis/events.k8s.io/v1/namespaces/{self.namespace}/events")["items"]
        return [each for each in events if each["reportingController"] == "watch-cluster.io/watch-cluster"]

    def _annotations(self) -> dict[str, str]:
        annotations: dict[str, str] = self._workload()["metadata"]["annotations"]
        return {key: value for key, value in annotations.items() if key.startswith("watch-cluster.io/")}

    def _workload(self) -> Any:
        return self.cluster.read(f"/apis/apps/v1/namespaces/{self.namespace}/deployments/shop")


@pytest.fixture(scope="module")
def plane(cluster: Cluster) -> ControlPlane:
    if cluster.control_plane is None:
        pytest.skip("goes through a door to the tests' own control plane")
    for tale in TALES.values():
        for name in tale.containers:
            push(cluster.registry, f"{tale.behavior}/{name}", "1.0.0", "good")
            push(cluster.registry, f"{tale.behavior}/{name}", "1.0.1", tale.behavior)
    return cluster.control_plane


def told(
    cluster: Cluster, plane: ControlPlane, folder: Path, tale: Tale, at: int = 0, *, after: bool = False
) -> tuple[dict[str, Any], int, str]:
    """Tell the tale with a death in it: how it is in the end, how many writes it took, and what Events say."""
    with Gate(plane) as gate, WebhookReceiver() as receiver:
        scene = Scene(cluster, tale, folder, gate, receiver)
        scene.set_up()
        process = scene.start()
        try:
            gate.cut = Cut(at, after, process.kill)
            wait_until(lambda: scene.ended() or not process.alive, f"an end, or death at write {at}", PATIENCE_SECONDS)
            if not process.alive:
                scene.let_the_lease_end()
                process = scene.start()
                wait_until(scene.ended, f"the end after a death at write {at}, after={after}", PATIENCE_SECONDS)
            process.stop()
            return scene.outcome(), len(gate.writes), scene.told()
        finally:
            process.kill()
            cluster.kubectl("delete", "namespace", scene.namespace, "--wait=false")


@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", TALES)
def test_whoever_is_killed_at_any_write_the_end_is_the_same(
    cluster: Cluster, plane: ControlPlane, tmp_path: Path, name: str
) -> None:
    tale = TALES[name]
    others: dict[tuple[int, bool], tuple[dict[str, Any], str]] = {}
    expected, writes, _ = told(cluster, plane, tmp_path, tale)

    def tell(point: tuple[int, bool]) -> None:
        outcome, _, events = told(cluster, plane, tmp_path, tale, point[0], after=point[1])
        if outcome != expected:
            others[point] = outcome, events

    assert expected["revision"] == tale.revision
    assert expected["ends reported"]
    assert writes >= 4
    points = [(at, after) for at in range(1, writes + 1) for after in (False, True)]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(tell, points))
    assert others == {}, f"instead of {expected}"
