"""The list of watched workloads."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.fakes.orchestrator import FakeOrchestrator
from tests.fakes.timing import FakeClock
from watch_cluster.adapters.cron.scheduler import CronScheduler
from watch_cluster.adapters.re2.tag_patterns import compile_tag_pattern
from watch_cluster.application.commands.list_workloads import ListedWorkload, ListWorkloads
from watch_cluster.application.state.policy_cache import PolicyCache
from watch_cluster.application.state.workload_state import WorkloadStates
from watch_cluster.domain.policy.policy_reader import PolicyReader
from watch_cluster.domain.workload import annotation
from watch_cluster.domain.workload.workload import Container, WorkloadKey


class World:
    """A cluster in memory."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.orchestrator = FakeOrchestrator(self.clock)

    def deploy(self, name: str, namespace: str = "default", **settings: str) -> None:
        written = {f"{annotation.DOMAIN}/{key}": value for key, value in {"enabled": "true", **settings}.items()}
        key = WorkloadKey(namespace, "Deployment", name)
        self.orchestrator.create(key, [Container("app", "shop:1.0.0"), Container("proxy", "proxy:2")], written)

    def listed(self, namespace: str | None = None) -> tuple[ListedWorkload, ...]:
        policies = PolicyCache(PolicyReader(compile_tag_pattern), WorkloadStates())
        return ListWorkloads(self.orchestrator, policies, CronScheduler(), self.clock)(namespace)


@pytest.fixture
def world() -> World:
    return World()


def test_lists_watched_workloads_by_name(world: World) -> None:
    world.deploy("b")
    world.deploy("a", "staging")
    world.deploy("ignored", enabled="false")
    assert [str(each.key) for each in world.listed()] == ["default/Deployment/b", "staging/Deployment/a"]
    assert [str(each.key) for each in world.listed("staging")] == ["staging/Deployment/a"]


def test_lists_the_images_of_watched_containers_and_the_next_check(world: World) -> None:
    world.deploy("shop")
    [shop] = world.listed()
    assert shop.images == ("shop:1.0.0",)
    assert shop.next_check == datetime(2026, 1, 1, 0, 5, tzinfo=UTC)
    assert (shop.error, shop.pending, shop.quarantined, shop.freeze, shop.last_rollout) == (None, None, (), None, None)


def test_lists_what_is_wrong_with_the_settings(world: World) -> None:
    world.deploy("shop", cron="soon")
    [shop] = world.listed()
    assert "'soon'" in (shop.error or "")
    assert shop.images == ("shop:1.0.0", "proxy:2")
    assert shop.next_check is None


def test_lists_what_waits_for_a_person(world: World) -> None:
    world.deploy("shop", pending="1.1.0", quarantine="shop:1.0.1")
    world.orchestrator.ports().freezes.freeze("default", "stock-taking")
    [shop] = world.listed()
    assert (shop.pending, shop.quarantined, shop.freeze) == ("1.1.0", ("shop:1.0.1",), "stock-taking")
