"""The orchestrator in memory keeps the port's promises, and its rollouts take time and can fail."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.fakes.timing import FakeClock
from watch_cluster.adapters.memory.orchestrator import InMemoryOrchestrator
from watch_cluster.adapters.memory.simulation import Behavior
from watch_cluster.application.ports.orchestrator import ChangeConflict, OrchestratorUnavailable
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
        self.orchestrator = InMemoryOrchestrator(self.clock)
        self.told: list[WorkloadKey] = []
        self.orchestrator.create(SHOP, [Container("app", "shop:1"), Container("mesh", "mesh:1")], WATCHED)
        self.orchestrator.start(self.told.append)

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


def test_what_carries_none_of_our_annotations_is_not_known(world: World) -> None:
    world.orchestrator.create(CART, [Container("app", "cart:1")], {"team": "blue"})

    assert world.orchestrator.find(CART) is None
    assert [each.key for each in world.orchestrator.workloads()] == [SHOP]
    assert world.orchestrator.image_of(CART, "app") == "cart:1"


def test_a_new_workload_is_complete(world: World) -> None:
    assert world.shop().progress.complete


def test_a_change_is_made_as_a_whole(world: World) -> None:
    world.orchestrator.apply(SHOP, a_change(world, STEP, ImageChange("mesh", "mesh:1", "mesh:2"), enabled="true"))

    assert [each.image for each in world.shop().containers] == ["shop:2", "mesh:2"]
    assert world.shop().annotations == {**WATCHED, annotation.CHANGE: "changed"}
    assert world.told == [SHOP]


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        pytest.param(ImageChange("app", "shop:0", "shop:2"), {}, id="another image"),
        pytest.param(ImageChange("gone", "shop:1", "shop:2"), {}, id="no such container"),
        pytest.param(STEP, {"enabled": "false"}, id="another annotation"),
        pytest.param(STEP, {"rollout": "{}"}, id="an annotation that is not there"),
    ],
)
def test_a_change_of_what_is_no_longer_so_is_not_made_at_all(
    world: World, step: ImageChange, expected: dict[str, str]
) -> None:
    before = world.shop()

    with pytest.raises(ChangeConflict, match="default/Deployment/shop"):
        world.orchestrator.apply(SHOP, a_change(world, ImageChange("mesh", "mesh:1", "mesh:2"), step, **expected))

    assert world.shop() == before
    assert world.told == []


def test_another_workload_of_the_same_name_is_left_alone(world: World) -> None:
    change = a_change(world, STEP)
    world.orchestrator.delete(SHOP)
    with pytest.raises(ChangeConflict, match="gone"):
        world.orchestrator.apply(SHOP, change)

    world.orchestrator.create(SHOP, [Container("app", "shop:1")], WATCHED)
    with pytest.raises(ChangeConflict, match="gone"):
        world.orchestrator.apply(SHOP, change)
    assert world.shop().image_of("app") == "shop:1"


def test_while_a_fault_is_set_every_change_fails_with_it(world: World) -> None:
    world.orchestrator.fault = OrchestratorUnavailable("not now")
    with pytest.raises(OrchestratorUnavailable, match="not now"):
        world.orchestrator.apply(SHOP, a_change(world, STEP))

    world.orchestrator.fault = None
    world.orchestrator.apply(SHOP, a_change(world, STEP))
    assert world.shop().image_of("app") == "shop:2"


def test_a_rollout_takes_its_time(world: World) -> None:
    world.orchestrator.behave("shop:2", Behavior(takes=2 * MINUTE))
    world.orchestrator.apply(SHOP, a_change(world, STEP))

    seen = []
    for _ in range(3):
        world.orchestrator.settle()
        progress = world.shop().progress
        seen.append((progress.updated, progress.outdated, progress.complete))
        world.wait(MINUTE)

    assert seen == [(1, 2, False), (2, 1, False), (2, 0, True)], "one more is made before an old one goes"


def test_an_image_that_never_gets_ready_keeps_the_old_instances_until_the_deadline_is_over(world: World) -> None:
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


def test_without_a_deadline_a_rollout_may_hang_for_ever(world: World) -> None:
    world.orchestrator.create(CART, [Container("app", "cart:1")], WATCHED, deadline=None)
    world.orchestrator.behave("cart:2", Behavior(gets_ready=False))
    world.orchestrator.set_image(CART, "app", "cart:2")
    world.wait(timedelta(days=30))

    cart = world.orchestrator.find(CART)
    assert cart is not None
    assert (cart.progress.stalled, cart.progress.complete) == (None, False)


def test_only_what_changed_is_told(world: World) -> None:
    world.orchestrator.create(CART, [Container("app", "cart:1")], WATCHED)
    world.told.clear()

    world.wait(MINUTE)
    assert world.told == []

    world.orchestrator.set_image(CART, "app", "cart:2")
    world.orchestrator.delete(SHOP)
    assert world.told == [CART, SHOP]


def test_a_persons_hand_is_seen_as_such_and_ours_is_not(world: World) -> None:
    born = world.shop().last_modified_by_others
    world.wait(MINUTE)
    world.orchestrator.apply(SHOP, a_change(world, STEP))
    assert world.shop().last_modified_by_others == born

    world.orchestrator.annotate(SHOP, {annotation.CRON: "@daily", annotation.CHANGE: None})
    assert world.shop().last_modified_by_others == born + MINUTE
    assert world.shop().annotations == {**WATCHED, annotation.CRON: "@daily"}


def test_after_its_end_it_tells_nothing(world: World) -> None:
    world.orchestrator.close()
    world.orchestrator.set_image(SHOP, "app", "shop:2")
    assert world.told == []
