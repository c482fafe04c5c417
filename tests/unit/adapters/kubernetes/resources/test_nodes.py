"""Nodes, read for what they can run, and what templates demand of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.fakes.timing import FakeClock
from tests.fakes.watch_timing import FakeTiming
from tests.servers.kubernetes_api import FakeKubernetesApi, Reply, deployment, listing
from tests.unit.adapters.kubernetes.reading import read
from watch_cluster.adapters.kubernetes.client.api import KubernetesApi
from watch_cluster.adapters.kubernetes.node_inventory import KEPT_SECONDS, KubernetesNodeInventory
from watch_cluster.adapters.kubernetes.watch.unreadable import UnreadableObjects
from watch_cluster.domain.images.platform import Node, Platform, Requirement, SchedulingConstraints, Taint, Toleration

NODES = "/api/v1/nodes"


def node(name: str, architecture: str = "amd64", **spec: Any) -> dict[str, Any]:
    return {
        "metadata": {"name": name, "labels": {"zone": "a"}},
        "spec": spec,
        "status": {"nodeInfo": {"operatingSystem": "linux", "architecture": architecture}},
    }


@pytest.fixture
def fake() -> Iterator[FakeKubernetesApi]:
    fake = FakeKubernetesApi()
    with fake:
        yield fake


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def nodes(
    fake: FakeKubernetesApi, connect: Callable[[int], KubernetesApi], clock: FakeClock
) -> KubernetesNodeInventory:
    return KubernetesNodeInventory(
        connect(urlsplit(fake.url).port or 0), FakeTiming(clock).timing, UnreadableObjects(clock.monotonic)
    )


def test_a_node_has_a_platform_labels_and_taints(fake: FakeKubernetesApi, nodes: KubernetesNodeInventory) -> None:
    taints = [{"key": "team", "value": "blue", "effect": "NoSchedule"}, {"key": "spot", "effect": "NoExecute"}]
    fake.objects[NODES] = Reply.of(listing(node("one", taints=taints), node("two", "arm64"), {"metadata": {}}))
    assert nodes.nodes() == (
        Node(
            Platform.of("linux", "amd64"),
            {"zone": "a", "metadata.name": "one"},
            (Taint("team", "blue", "NoSchedule"), Taint("spot", "", "NoExecute")),
        ),
        Node(Platform.of("linux", "arm64"), {"zone": "a", "metadata.name": "two"}),
    )


def test_they_are_listed_again_after_a_while(
    fake: FakeKubernetesApi, nodes: KubernetesNodeInventory, clock: FakeClock
) -> None:
    fake.objects[NODES] = Reply.of(listing(node("one")))
    assert len(nodes.nodes() or ()) == 1
    fake.objects[NODES] = Reply.of(listing(node("one"), node("two")))
    assert len(nodes.nodes() or ()) == 1
    clock.advance(timedelta(seconds=KEPT_SECONDS))
    assert len(nodes.nodes() or ()) == 2


@pytest.mark.parametrize("reply", [Reply.refusal(403, "Forbidden"), Reply(body=b"<html>")], ids=["no right", "no JSON"])
def test_what_cannot_be_listed_is_unknown_and_logged_once(
    fake: FakeKubernetesApi,
    nodes: KubernetesNodeInventory,
    clock: FakeClock,
    reply: Reply,
    capsys: pytest.CaptureFixture[str],
) -> None:
    fake.objects[NODES] = reply
    for _ in range(2):
        assert nodes.nodes() is None
        clock.advance(timedelta(seconds=KEPT_SECONDS))
    assert capsys.readouterr().out.count("new images must have all platforms of the old") == 1


def test_a_template_shows_its_scheduling_constraints() -> None:
    affinity = {
        "nodeAffinity": {
            "requiredDuringSchedulingIgnoredDuringExecution": {
                "nodeSelectorTerms": [
                    {
                        "matchExpressions": [{"key": "disk", "operator": "In", "values": ["ssd"]}],
                        "matchFields": [{"key": "metadata.name", "operator": "In", "values": ["one"]}],
                    },
                    {"matchExpressions": [{"key": "gpu", "operator": "Exists"}]},
                ]
            }
        }
    }
    pod = {
        "containers": [{"name": "main", "image": "app:1"}],
        "nodeSelector": {"zone": "a"},
        "affinity": affinity,
        "tolerations": [{"key": "team", "operator": "Exists"}, {"key": "spot", "value": "yes", "effect": "NoSchedule"}],
    }
    assert read(deployment(spec={"template": {"spec": pod}})).scheduling == SchedulingConstraints(
        {"zone": "a"},
        (
            (Requirement("disk", "In", ("ssd",)), Requirement("metadata.name", "In", ("one",))),
            (Requirement("gpu", "Exists"),),
        ),
        (Toleration("team", "Exists"), Toleration("spot", "Equal", "yes", "NoSchedule")),
    )


def test_most_templates_demand_nothing() -> None:
    assert read(deployment()).scheduling == SchedulingConstraints()
