"""The process is killed before or after each push to the repository, and nothing comes twice."""

from __future__ import annotations

import json
import threading
import uuid
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pytest

from tests.cluster.cluster import Cluster, deployment, leases_in
from tests.cluster.control_plane import ControlPlane
from tests.cluster.gate import Gate
from tests.cluster.kubectl import KubectlFailed
from tests.cluster.processes import wait_until
from tests.cluster.registry.images import push
from tests.e2e.process import PATIENCE_SECONDS, WatchCluster
from tests.gitops.source import GitSource

AT_ONCE: Final = 6
_TOLD: Final = frozenset({"ImageUpdateStarted", "ImageUpdated", "ImageUpdateFailed", "ImageRolledBack"})
PAUSE_SECONDS: Final = 0.5
"""How often the tool that applies the repository looks at it."""


@dataclass(frozen=True, slots=True)
class Tale:
    """What happens when a newer image behaves like that, in a repository of that mode."""

    mode: str
    behavior: str
    state: str
    commits: tuple[str, ...]
    requests: int


TALES: Final = {
    "a commit that is taken back": Tale("commit", "crash", "rolled-back", ("Roll back", "Update"), 0),
    "requests that a person merges": Tale("pull-request", "crash", "rolled-back", ("Roll back", "Update"), 2),
}


@dataclass
class Scene:
    """A namespace with the workload, the repository that it is applied from, and whoever applies and merges."""

    cluster: Cluster
    tale: Tale
    folder: Path
    gate: Gate
    source: GitSource
    namespace: str = field(default_factory=lambda: f"kill-{uuid.uuid4().hex[:10]}")
    over: threading.Event = field(default_factory=threading.Event)

    def set_up(self) -> None:
        """Deploy the workload by way of the repository."""
        image = f"{self.cluster.registry}/{self.tale.behavior}/fleet:1.0.0"
        self.source.deploy("shop", image)
        document = deployment("shop", image, replicas=1)
        settings = {"enabled": "true", "cron": "* * * * * ?", "soak": "1s", "rollout-timeout": "60s"}
        settings |= {"write-back": "git", "git-path": self.source.path}
        written = {f"watch-cluster.io/{key}": value for key, value in settings.items()}
        document["metadata"] |= {"namespace": self.namespace, "annotations": written}
        space = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": self.namespace}}
        self.cluster.kubectl.apply(space, *leases_in(self.namespace), document)
        wait_until(lambda: "availableReplicas" in self._workload()["status"], "it runs", PATIENCE_SECONDS)
        threading.Thread(target=self._apply, name="tool", daemon=True).start()

    def start(self) -> WatchCluster:
        """Start a process that goes through the gate."""
        return WatchCluster(
            self.folder / f"{self.namespace}.log",
            {
                "KUBECONFIG": str(self.gate.kubeconfig(self.cluster.kubeconfig, self.folder)),
                "WATCH_NAMESPACES": self.namespace,
                "POD_NAMESPACE": self.namespace,
                "REGISTRY_PLAIN_HTTP": self.cluster.registry,
                "GIT_REPOSITORIES": str(self.source.declarations),
            },
        )

    def let_the_lease_end(self) -> None:
        body = json.dumps({"spec": {"leaseDurationSeconds": 1}})
        self.cluster.kubectl("-n", self.namespace, "patch", "lease", "watch-cluster", "--type=merge", "-p", body)

    def ended(self) -> bool:
        """Whether the rollout has come to its end, and its owner was told everything."""
        record = json.loads(self._annotations().get("watch-cluster.io/rollout", "{}"))
        return record.get("state") == self.tale.state and not record.get("owed")

    def outcome(self) -> dict[str, Any]:
        """What must be the same, whoever died."""
        found = self._workload()
        return {
            "commits": [subject.partition(f" {self.namespace}")[0] for subject, _ in self.source.ours()],
            "rollouts": len({rollout for _, rollout in self.source.ours()}),
            "requests": [each.state for each in self.source.forge.pulls],
            "image": found["spec"]["template"]["spec"]["containers"][0]["image"].rpartition(":")[2],
            "revision": found["metadata"]["annotations"]["deployment.kubernetes.io/revision"],
            "annotations": sorted(self._annotations()),
            # Where a proposal can be seen is not told once it is applied.
            "events": dict(Counter(each["reason"] for each in self._events() if each["reason"] in _TOLD)),
        }

    def told(self) -> str:
        """What the Events say."""
        return "; ".join(f"{each['reason']}: {each['note']}" for each in self._events())

    def _apply(self) -> None:
        """Apply the repository and merge what is open, as Flux and a person do."""
        while not self.over.wait(PAUSE_SECONDS):
            for request in self.source.forge.pulls:
                if request.state == "open":
                    self.source.merge(request)
            image = self.source.image("shop")
            with suppress(KubectlFailed):
                self.cluster.kubectl("-n", self.namespace, "set", "image", "deployment/shop", f"app={image}")

    def _events(self) -> list[dict[str, Any]]:
        events = self.cluster.read(f"/apis/events.k8s.io/v1/namespaces/{self.namespace}/events")["items"]
        return [each for each in events if each["reportingController"] == "watch-cluster.io/watch-cluster"]

    def _annotations(self) -> dict[str, str]:
        annotations: dict[str, str] = self._workload()["metadata"]["annotations"]
        return {key: value for key, value in annotations.items() if key.startswith("watch-cluster.io/")}

    def _workload(self) -> Any:
        return self.cluster.read(f"/apis/apps/v1/namespaces/{self.namespace}/deployments/shop")


Sabotage = Callable[[Scene, Callable[[], None]], None]
"""Arranges that the process is killed at some moment."""


def at_push(number: int, *, after: bool) -> Sabotage:
    """Kill it at a push to the repository."""

    def arrange(scene: Scene, kill: Callable[[], None]) -> None:
        hook = _countdown(number, kill)
        scene.source.server.before_push, scene.source.server.after_push = (None, hook) if after else (hook, None)

    return arrange


def _countdown(number: int, kill: Callable[[], None]) -> Callable[[], None]:
    left = [number]

    def hook() -> None:
        left[0] -= 1
        if left[0] == 0:
            kill()

    return hook


@pytest.fixture(scope="module")
def plane(cluster: Cluster) -> ControlPlane:
    if cluster.control_plane is None:
        pytest.skip("goes through a gate to the tests' own control plane")
    push(cluster.registry, "crash/fleet", "1.0.0", "good")
    push(cluster.registry, "crash/fleet", "1.0.1", "crash")
    return cluster.control_plane


def tell(
    cluster: Cluster, plane: ControlPlane, folder: Path, tale: Tale, sabotage: Sabotage | None = None
) -> tuple[dict[str, Any], str]:
    """Tell the tale with a death in it: how it is in the end, and what Events say."""
    own = folder / uuid.uuid4().hex[:8]
    own.mkdir()
    source = GitSource(own, tale.mode)
    with Gate(plane) as gate:
        scene = Scene(cluster, tale, own, gate, source)
        scene.set_up()
        process = scene.start()
        try:
            if sabotage is not None:
                sabotage(scene, process.kill)
            wait_until(lambda: scene.ended() or not process.alive, "an end, or a death", PATIENCE_SECONDS)
            if not process.alive:
                scene.let_the_lease_end()
                process = scene.start()
                wait_until(scene.ended, f"the end after a death: {scene.outcome()}", PATIENCE_SECONDS)
            process.stop()
            return scene.outcome(), scene.told()
        finally:
            scene.over.set()
            process.kill()
            source.close()
            cluster.kubectl("delete", "namespace", scene.namespace, "--wait=false")


@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", ["a commit that is taken back", "requests that a person merges"])
def test_whoever_is_killed_at_a_push_nothing_is_proposed_twice(
    cluster: Cluster, plane: ControlPlane, tmp_path: Path, name: str
) -> None:
    tale = TALES[name]
    others: dict[str, tuple[dict[str, Any], str]] = {}
    expected, _ = tell(cluster, plane, tmp_path, tale)
    assert expected["commits"] == list(tale.commits)
    assert expected["requests"] == ["merged"] * tale.requests
    points = [(number, after) for number in range(1, len(tale.commits) + 1) for after in (False, True)]

    def tell_with(point: tuple[int, bool]) -> None:
        number, after = point
        outcome, events = tell(cluster, plane, tmp_path, tale, at_push(number, after=after))
        if outcome != expected:
            others[f"{'after' if after else 'before'} {number}"] = outcome, events

    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(tell_with, points))
    assert others == {}, f"instead of {expected}"
