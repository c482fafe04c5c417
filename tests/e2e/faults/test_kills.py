"""The process is killed before or after any of its writes takes effect; a fresh one brings all to the same end."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest

from tests.cluster.cluster import Cluster, container, deployment
from tests.cluster.control_plane import ControlPlane
from tests.cluster.gate import Cut, Gate
from tests.cluster.processes import wait_until
from tests.cluster.registry.images import push
from tests.e2e.faults.killed_process import AT_ONCE, WatchedShop, own_plane
from tests.e2e.process import PATIENCE_SECONDS
from tests.servers.webhook_receiver import WebhookReceiver
from watch_cluster.adapters.notifications.client import ID_HEADER

ID: Final = ID_HEADER.lower()
_ENDS: Final = frozenset({"IMAGE_ROLLOUT_COMPLETED", "IMAGE_ROLLOUT_FAILED", "IMAGE_ROLLED_BACK"})
WEBHOOKS: Final = {f"WEBHOOK_ENABLE_{each}": "true" for each in (*_ENDS, "IMAGE_ROLLOUT_STARTED")}


@dataclass(frozen=True, slots=True)
class Case:
    """What happens to a workload with these containers when a newer tag behaves like that."""

    behavior: str
    containers: tuple[str, ...]
    state: str
    revision: str
    """How often its template is another one in all, its creation included."""


CASES: Final = {
    "a success": Case("good", ("shop",), "done", "2"),
    "a failure that is rolled back": Case("crash", ("shop",), "rolled-back", "3"),
    "several containers": Case("good", ("shop", "mesh"), "done", "2"),
}


@pytest.fixture(scope="module")
def plane(cluster: Cluster) -> ControlPlane:
    plane = own_plane(cluster)
    for case in CASES.values():
        for name in case.containers:
            push(cluster.registry, f"{case.behavior}/{name}", "1.0.0", "good")
            push(cluster.registry, f"{case.behavior}/{name}", "1.0.1", case.behavior)
    return plane


def create(shop: WatchedShop, case: Case) -> None:
    """Create the workload as it is before anything happens."""
    images = {name: f"{shop.cluster.registry}/{case.behavior}/{name}:1.0.0" for name in case.containers}
    document = deployment("shop", images["shop"], replicas=1)
    document["spec"]["template"]["spec"]["containers"] = [container(name, image) for name, image in images.items()]
    shop.create(document, {"containers": "*"})


def outcome(shop: WatchedShop, receiver: WebhookReceiver) -> dict[str, Any]:
    """What must be the same, wherever the process was killed."""
    reports = {(json.loads(each.body)["eventType"], each.headers[ID]) for each in receiver.received}
    return {
        "images": shop.images(),
        "revision": shop.revision(),
        "annotations": sorted(shop.annotations()),
        "events": dict(shop.event_counts()),
        # A start may be lost with the process that reported it; an end that comes twice comes with the same identity.
        "ends reported": sorted(kind for kind, _ in reports if kind in _ENDS),
    }


def run(
    cluster: Cluster, plane: ControlPlane, folder: Path, case: Case, at: int = 0, *, after: bool = False
) -> tuple[dict[str, Any], int, str]:
    """Run the case with a kill at that write: the outcome, how many writes it took, and what Events say."""
    with Gate(plane) as gate, WebhookReceiver() as receiver:
        shop = WatchedShop(cluster, folder, gate)
        create(shop, case)

        def ended() -> bool:
            record = shop.record()
            return record.get("state") == case.state and not record.get("unreported")

        process = shop.start(WEBHOOK_URL=receiver.url, **WEBHOOKS)
        try:
            gate.cut = Cut(at, after, process.kill)
            wait_until(lambda: ended() or not process.alive, f"an end, or a kill at write {at}", PATIENCE_SECONDS)
            if not process.alive:
                shop.expire_lease()
                process = shop.start(WEBHOOK_URL=receiver.url, **WEBHOOKS)
                wait_until(ended, f"the end after a kill at write {at}, after={after}", PATIENCE_SECONDS)
            process.stop()
            return outcome(shop, receiver), len(gate.writes), shop.messages()
        finally:
            process.kill()
            shop.delete()


@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", CASES)
def test_a_kill_at_any_write_leads_to_the_same_end(
    cluster: Cluster, plane: ControlPlane, tmp_path: Path, name: str
) -> None:
    case = CASES[name]
    others: dict[tuple[int, bool], tuple[dict[str, Any], str]] = {}
    expected, writes, _ = run(cluster, plane, tmp_path, case)

    def run_with(point: tuple[int, bool]) -> None:
        found, _, messages = run(cluster, plane, tmp_path, case, point[0], after=point[1])
        if found != expected:
            others[point] = found, messages

    assert expected["revision"] == case.revision
    assert expected["ends reported"]
    assert writes >= 4
    points = [(at, after) for at in range(1, writes + 1) for after in (False, True)]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(run_with, points))
    assert others == {}, f"instead of {expected}"
