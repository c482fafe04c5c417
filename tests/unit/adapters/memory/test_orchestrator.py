"""The orchestrator in memory keeps the port's promises, and its rollouts take time and can fail."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.fakes.orchestrator import FakeOrchestrator
from tests.fakes.timing import FakeClock
from watch_cluster.adapters.memory.behavior import Behavior
from watch_cluster.application.ports.orchestrator.workload_reader import OrchestratorUnavailable
from watch_cluster.application.ports.orchestrator.workload_writer import ChangeConflict
from watch_cluster.domain.workload import annotation
from watch_cluster.domain.workload.workload import Change, Container, ImageChange, Workload, WorkloadKey

SHOP = WorkloadKey("default", "Deployment", "shop")
CART = WorkloadKey("default", "Deployment", "cart")
WATCHED = {annotation.ENABLED: "true"}
MINUTE = timedelta(minutes=1)


class World:
    """An orchestrator with the shop in it, and what it told."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.orchestrator = FakeOrchestrator(self.clock)
        self.events: list[WorkloadKey] = []
        self.orchestrator.create(SHOP, [Container("app", "shop:1"), Container("mesh", "mesh:1")], WATCHED)
        self.orchestrator.start(self.events.append)

    def shop(self) -> Workload:
        workload = self.orchestrator.find(SHOP)
        assert workload is not None
        return workload

    def wait(self, duration: timedelta) -> None:
        self.clock.advance(duration)
        self.orchestrator.settle()


@pytest.fixture
def world() -> World:
    return World()


def a_change(world: World, *steps: ImageChange, **expected: str) -> Change:
    return Change(
        world.shop().uid,
        {annotation.CHANGE: "changed"},
        {f"{annotation.DOMAIN}/{k}": v for k, v in expected.items()},
        steps,
    )


STEP = ImageChange("app", "shop:1", "shop:2")


def test_ignores_workloads_without_our_annotations(world: World) -> None:
    world.orchestrator.create(CART, [Container("app", "cart:1")], {"team": "blue"})

    assert world.orchestrator.find(CART) is None
    assert [each.key for each in world.orchestrator.workloads()] == [SHOP]
    assert world.orchestrator.image_of(CART, "app") == "cart:1"


def test_a_new_workload_is_complete(world: World) -> None:
    assert world.shop().progress.complete


def test_a_change_is_atomic(world: World) -> None:
    world.orchestrator.apply(SHOP, a_change(world, STEP, ImageChange("mesh", "mesh:1", "mesh:2"), enabled="true"))

    assert [each.image for each in world.shop().containers] == ["shop:2", "mesh:2"]
    assert world.shop().annotations == {**WATCHED, annotation.CHANGE: "changed"}
    assert world.events == [SHOP]


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        pytest.param(ImageChange("app", "shop:0", "shop:2"), {}, id="another image"),
        pytest.param(ImageChange("gone", "shop:1", "shop:2"), {}, id="no such container"),
        pytest.param(STEP, {"enabled": "false"}, id="another annotation"),
        pytest.param(STEP, {"rollout": "{}"}, id="an annotation that is not there"),
    ],
)
def test_a_stale_change_is_a_conflict(world: World, step: ImageChange, expected: dict[str, str]) -> None:
    before = world.shop()

    with pytest.raises(ChangeConflict, match="default/Deployment/shop"):
        world.orchestrator.apply(SHOP, a_change(world, ImageChange("mesh", "mesh:1", "mesh:2"), step, **expected))

    assert world.shop() == before
    assert world.events == []


def test_a_change_does_not_apply_to_a_recreated_workload(world: World) -> None:
    change = a_change(world, STEP)
    world.orchestrator.delete(SHOP)
    with pytest.raises(ChangeConflict, match="gone"):
        world.orchestrator.apply(SHOP, change)

    world.orchestrator.create(SHOP, [Container("app", "shop:1")], WATCHED)
    with pytest.raises(ChangeConflict, match="gone"):
        world.orchestrator.apply(SHOP, change)
    assert world.shop().image_of("app") == "shop:1"


def test_injected_errors_fail_every_change(world: World) -> None:
    world.orchestrator.fault = OrchestratorUnavailable("not now")
    with pytest.raises(OrchestratorUnavailable, match="not now"):
        world.orchestrator.apply(SHOP, a_change(world, STEP))

    world.orchestrator.fault = None
    world.orchestrator.apply(SHOP, a_change(world, STEP))
    assert world.shop().image_of("app") == "shop:2"


def test_a_rollout_takes_time(world: World) -> None:
    world.orchestrator.behave("shop:2", Behavior(ready_after=2 * MINUTE))
    world.orchestrator.apply(SHOP, a_change(world, STEP))

    seen = []
    for _ in range(3):
        world.orchestrator.settle()
        progress = world.shop().progress
        seen.append((progress.updated, progress.outdated, progress.complete))
        world.wait(MINUTE)

    assert seen == [(1, 2, False), (2, 1, False), (2, 0, True)], "one more is made before an old one goes"


def test_an_image_that_never_gets_ready_keeps_the_old_replicas_until_the_deadline(world: World) -> None:
    world.orchestrator.behave("shop:2", Behavior(gets_ready=False))
    world.orchestrator.apply(SHOP, a_change(world, STEP))
    world.wait(9 * MINUTE)
    assert (world.shop().progress.available, world.shop().progress.stalled) == (2, None)

    world.wait(MINUTE)
    assert world.shop().progress.stalled == "shop has timed out progressing"
    assert not world.shop().progress.complete

    world.orchestrator.set_image(SHOP, "app", "shop:1")
    world.wait(MINUTE)
    assert world.shop().progress.complete


def test_without_a_deadline_a_rollout_never_stalls(world: World) -> None:
    world.orchestrator.create(CART, [Container("app", "cart:1")], WATCHED, deadline=None)
    world.orchestrator.behave("cart:2", Behavior(gets_ready=False))
    world.orchestrator.set_image(CART, "app", "cart:2")
    world.wait(timedelta(days=30))

    cart = world.orchestrator.find(CART)
    assert cart is not None
    assert (cart.progress.stalled, cart.progress.complete) == (None, False)


def test_reports_only_changed_workloads(world: World) -> None:
    world.orchestrator.create(CART, [Container("app", "cart:1")], WATCHED)
    world.events.clear()

    world.wait(MINUTE)
    assert world.events == []

    world.orchestrator.set_image(CART, "app", "cart:2")
    world.orchestrator.delete(SHOP)
    assert world.events == [CART, SHOP]


def test_reports_who_last_changed_an_image(world: World) -> None:
    born = world.shop().last_modified_by_others
    world.wait(MINUTE)
    world.orchestrator.apply(SHOP, a_change(world, STEP))
    assert world.shop().last_modified_by_others == born

    world.orchestrator.annotate(SHOP, {annotation.CRON: "@daily", annotation.CHANGE: None})
    assert world.shop().last_modified_by_others == born + MINUTE
    assert world.shop().annotations == {**WATCHED, annotation.CRON: "@daily"}


def test_reports_no_change_after_close(world: World) -> None:
    world.orchestrator.close()
    world.orchestrator.set_image(SHOP, "app", "shop:2")
    assert world.events == []
