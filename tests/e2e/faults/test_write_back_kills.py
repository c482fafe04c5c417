"""The process is killed before or after each push to the repository, and nothing comes twice."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pytest

from tests.cluster.cluster import Cluster, deployment
from tests.cluster.control_plane import ControlPlane
from tests.cluster.gate import Gate
from tests.cluster.kubectl import KubectlFailed
from tests.cluster.processes import wait_until
from tests.cluster.registry.images import push
from tests.e2e.faults.killed_process import AT_ONCE, WatchedShop, own_plane
from tests.e2e.process import PATIENCE_SECONDS
from tests.gitops.source import GitSource

_COUNTED: Final = frozenset({"ImageUpdateStarted", "ImageUpdated", "ImageUpdateFailed", "ImageRolledBack"})
PAUSE_SECONDS: Final = 0.5
"""How often the tool that applies the repository reads it."""


@dataclass(frozen=True, slots=True)
class Case:
    """What happens when a newer image crashes, in a repository of that mode."""

    mode: str
    requests: int


CASES: Final = {
    "a commit that is taken back": Case("commit", 0),
    "requests that a person merges": Case("pull-request", 2),
}
COMMITS: Final = ("Roll back", "Update")


@dataclass
class Tool:
    """Applies the repository and merges what is open, as Flux and a person do."""

    shop: WatchedShop
    source: GitSource
    _stopped: threading.Event = field(default_factory=threading.Event)

    def start(self) -> None:
        threading.Thread(target=self._run, name="tool", daemon=True).start()

    def stop(self) -> None:
        self._stopped.set()

    def _run(self) -> None:
        while not self._stopped.wait(PAUSE_SECONDS):
            for request in self.source.forge.pulls:
                if request.state == "open":
                    self.source.merge(request)
            image = self.source.image("shop")
            with suppress(KubectlFailed):
                self.shop.cluster.kubectl("-n", self.shop.namespace, "set", "image", "deployment/shop", f"app={image}")


def create(shop: WatchedShop, source: GitSource) -> None:
    """Deploy the workload by way of the repository."""
    image = f"{shop.cluster.registry}/crash/fleet:1.0.0"
    source.deploy("shop", image)
    shop.create(deployment("shop", image, replicas=1), {"write-back": "git", "git-path": source.path})


def outcome(shop: WatchedShop, source: GitSource) -> dict[str, Any]:
    """What must be the same, wherever the process was killed."""
    return {
        "commits": [subject.partition(f" {shop.namespace}")[0] for subject, _ in source.ours()],
        "rollouts": len({rollout for _, rollout in source.ours()}),
        "requests": [each.state for each in source.forge.pulls],
        "image": shop.images()[0].rpartition(":")[2],
        "revision": shop.revision(),
        "annotations": sorted(shop.annotations()),
        # Where a proposal can be seen is not reported once it is applied.
        "events": {reason: count for reason, count in shop.event_counts().items() if reason in _COUNTED},
    }


Sabotage = Callable[[GitSource, Callable[[], None]], None]
"""Arranges that the process is killed at some moment."""


def at_push(number: int, *, after: bool) -> Sabotage:
    """Kill it at a push to the repository."""

    def arrange(source: GitSource, kill: Callable[[], None]) -> None:
        hook = _countdown(number, kill)
        source.server.before_push, source.server.after_push = (None, hook) if after else (hook, None)

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
    plane = own_plane(cluster)
    push(cluster.registry, "crash/fleet", "1.0.0", "good")
    push(cluster.registry, "crash/fleet", "1.0.1", "crash")
    return plane


def run(
    cluster: Cluster, plane: ControlPlane, folder: Path, case: Case, sabotage: Sabotage | None = None
) -> tuple[dict[str, Any], str]:
    """Run the case with a kill in it: the outcome, and what Events say."""
    own = folder / uuid.uuid4().hex[:8]
    own.mkdir()
    source = GitSource(own, case.mode)
    with Gate(plane) as gate:
        shop = WatchedShop(cluster, own, gate)
        create(shop, source)
        tool = Tool(shop, source)
        tool.start()

        def ended() -> bool:
            record = shop.record()
            return record.get("state") == "rolled-back" and not record.get("owed")

        process = shop.start(GIT_REPOSITORIES=str(source.declarations))
        try:
            if sabotage is not None:
                sabotage(source, process.kill)
            wait_until(lambda: ended() or not process.alive, "an end, or a kill", PATIENCE_SECONDS)
            if not process.alive:
                shop.expire_lease()
                process = shop.start(GIT_REPOSITORIES=str(source.declarations))
                wait_until(ended, f"the end after a kill: {outcome(shop, source)}", PATIENCE_SECONDS)
            process.stop()
            return outcome(shop, source), shop.messages()
        finally:
            tool.stop()
            process.kill()
            source.close()
            shop.delete()


@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", CASES)
def test_a_kill_at_any_push_proposes_nothing_twice(
    cluster: Cluster, plane: ControlPlane, tmp_path: Path, name: str
) -> None:
    case = CASES[name]
    others: dict[str, tuple[dict[str, Any], str]] = {}
    expected, _ = run(cluster, plane, tmp_path, case)
    assert expected["commits"] == list(COMMITS)
    assert expected["requests"] == ["merged"] * case.requests
    points = [(number, after) for number in range(1, len(COMMITS) + 1) for after in (False, True)]

    def run_with(point: tuple[int, bool]) -> None:
        number, after = point
        found, messages = run(cluster, plane, tmp_path, case, at_push(number, after=after))
        if found != expected:
            others[f"{'after' if after else 'before'} {number}"] = found, messages

    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(run_with, points))
    assert others == {}, f"instead of {expected}"
