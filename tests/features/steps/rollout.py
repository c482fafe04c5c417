"""Steps about rollouts and the controller that follows them."""

from __future__ import annotations

from pytest_bdd import given, parsers, then, when

from tests.features.world import World
from watch_cluster.domain import annotation
from watch_cluster.domain.rollout import RolloutRecord


def _record(world: World) -> RolloutRecord | None:
    text = world.annotation("shop", annotation.ROLLOUT)
    return RolloutRecord.parse(text) if text is not None else None


@then(parsers.parse("a rollout to {image} is on record as running"))
def a_rollout_is_on_record(world: World, image: str) -> None:
    world.eventually(lambda: _record(world) is not None, "no rollout is on record")
    record = _record(world)
    assert record is not None
    assert record.running
    assert [step.after for step in record.images] == [world.reference(image)]


@then(parsers.parse("the rollout is closed as {state}"))
def the_rollout_is_closed(world: World, state: str) -> None:
    def closed() -> bool:
        record = _record(world)
        return record is not None and record.state.value == state

    world.eventually(closed, f"the rollout is not {state}: {_record(world)}")


@then(parsers.parse("the workload remembers the update from {before} to {after}"))
def remembers_the_update(world: World, before: str, after: str) -> None:
    before, after = world.reference(before), world.reference(after)
    world.eventually(
        lambda: world.annotation("shop", annotation.LAST_UPDATE_IMAGE) == after, f"last-update-image is not {after}"
    )
    assert world.annotation("shop", annotation.CHANGE) == f"{before} -> {after}"
    moment = world.annotation("shop", annotation.LAST_UPDATE)
    assert moment is not None
    assert abs(int(moment) / 1000 - world.now().timestamp()) < 300


@then("the workload remembers no update")
def remembers_no_update(world: World) -> None:
    assert world.annotation("shop", annotation.LAST_UPDATE) is None


@when("the rollout comes to a halt")
def comes_to_a_halt(world: World) -> None:
    world.halt("shop")


@when("the controller is killed and started again")
def killed_and_started_again(world: World) -> None:
    world.kill()
    world.start()


@when("the controller is stopped and started again")
def stopped_and_started_again(world: World) -> None:
    world.stop()
    world.start()


@given("the controller is stopped")
@when("the controller is stopped")
def stopped(world: World) -> None:
    world.start()
    world.stop()


@given("the controller is started")
@when("the controller is started")
def started(world: World) -> None:
    world.start()
