"""Steps about rollouts and the controller that follows them."""

from __future__ import annotations

from datetime import timedelta

from pytest_bdd import given, parsers, then, when

from tests.features.world import World
from watch_cluster.domain.rollout.record import RolloutRecord
from watch_cluster.domain.workload import annotation


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


@given("one rollout at a time is allowed")
def one_rollout_at_a_time(world: World) -> None:
    world.limit_rollouts(1)


@given("the controller may remove instances")
def may_remove_instances(world: World) -> None:
    world.permit_removal()


@given(parsers.parse("there is room for {count:d} instances only"))
def room_for_so_many(world: World, count: int) -> None:
    world.limit_instances(count)


@when("there is room for more instances")
def room_for_more(world: World) -> None:
    world.limit_instances(None)


@when("somebody undoes the rollout")
def somebody_undoes_the_rollout(world: World) -> None:
    world.undo("shop")


@when("all its instances are well")
def all_are_well(world: World) -> None:
    world.eventually(lambda: world.soaks("shop"), "its instances do not get well")


@then(parsers.re(r"(?P<image>\S+) is in quarantine"))
def is_in_quarantine(world: World, image: str) -> None:
    def held() -> bool:
        return world.reference(image) in (world.annotation("shop", annotation.QUARANTINE) or "").split(",")

    world.eventually(held, f"in quarantine is {world.annotation('shop', annotation.QUARANTINE)}")


@then("nothing is in quarantine")
def nothing_is_in_quarantine(world: World) -> None:
    world.eventually(
        lambda: world.annotation("shop", annotation.QUARANTINE) is None,
        f"in quarantine is {world.annotation('shop', annotation.QUARANTINE)}",
    )


@then(parsers.re(r"(?P<count>one|both) of the workloads (?:comes|come) to run (?P<image>\S+)"))
def so_many_come_to_run(world: World, count: str, image: str) -> None:
    wanted = {"one": 1, "both": 2}[count]

    def running() -> int:
        return sum(world.image(each) == world.reference(image) for each in ("shop", "other"))

    world.eventually(lambda: running() == wanted, f"{running()} of them run {image}")


@given(parsers.parse("{image} has failed on three other workloads"))
def has_failed_elsewhere(world: World, image: str) -> None:
    repository, _, tag = image.partition(":")
    names = ("one", "two", "three")
    world.publish(repository, tag, "crash")
    world.start()
    for name in names:
        world.deploy(name, f"{repository}:1.0.0", {annotation.ENABLED: "true"})
    world.pass_time(timedelta(minutes=5))

    def failed_everywhere() -> bool:
        held = [world.annotation(name, annotation.QUARANTINE) or "" for name in names]
        return all(world.reference(image) in each for each in held)

    world.eventually(failed_everywhere, f"{image} has not failed on all of {names}")
