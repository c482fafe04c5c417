"""Steps about rollouts and the controller."""

from __future__ import annotations

from datetime import timedelta

from pytest_bdd import given, parsers, then, when

from tests.features.worlds.world import World
from watch_cluster.domain.rollout.record.lifecycle import RolloutState
from watch_cluster.domain.rollout.record.record import RolloutRecord
from watch_cluster.domain.workload import annotation

STATES = {
    "succeeds": RolloutState.DONE,
    "fails": RolloutState.FAILED,
    "is rolled back": RolloutState.ROLLED_BACK,
    "is superseded": RolloutState.SUPERSEDED,
}


def _record(world: World) -> RolloutRecord | None:
    text = world.annotation("shop", annotation.ROLLOUT)
    return RolloutRecord.parse(text) if text is not None else None


@then(parsers.parse("a rollout to {image} is in progress"))
def a_rollout_is_in_progress(world: World, image: str) -> None:
    world.eventually(lambda: _record(world) is not None, "no rollout is recorded")
    record = _record(world)
    assert record is not None
    assert record.running
    assert [step.after for step in record.images] == [world.reference(image)]


@then(parsers.re(r"the rollout (?P<end>succeeds|fails|is rolled back|is superseded)"))
def the_rollout_ends(world: World, end: str) -> None:
    def has_ended() -> bool:
        record = _record(world)
        return record is not None and record.state is STATES[end]

    world.eventually(has_ended, f"the rollout has another state: {_record(world)}")


@then(parsers.parse("the workload records the update from {before} to {after}"))
def records_the_update(world: World, before: str, after: str) -> None:
    before, after = world.reference(before), world.reference(after)
    world.eventually(
        lambda: world.annotation("shop", annotation.LAST_UPDATE_IMAGE) == after, f"last-update-image is not {after}"
    )
    assert world.annotation("shop", annotation.CHANGE) == f"{before} -> {after}"
    moment = world.annotation("shop", annotation.LAST_UPDATE)
    assert moment is not None
    assert abs(int(moment) / 1000 - world.now().timestamp()) < 300


@then("the workload records no update")
def records_no_update(world: World) -> None:
    assert world.annotation("shop", annotation.LAST_UPDATE) is None


@when("the rollout stops making progress")
def stops_making_progress(world: World) -> None:
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


@given("at most one rollout runs at a time")
def one_rollout_at_a_time(world: World) -> None:
    world.limit_rollouts(1)


@given("the controller may delete replicas")
def may_delete_replicas(world: World) -> None:
    world.permit_removal()


@given(parsers.parse("the quota allows {count:d} replicas"))
def quota_allows(world: World, count: int) -> None:
    world.limit_replicas(count)


@when("the quota is lifted")
def quota_is_lifted(world: World) -> None:
    world.limit_replicas(None)


@when("a user undoes the rollout")
def a_user_undoes_the_rollout(world: World) -> None:
    world.undo("shop")


@when("all its replicas are ready")
def all_are_ready(world: World) -> None:
    world.eventually(lambda: world.soaks("shop"), "its replicas are not ready")


@then(parsers.re(r"(?P<image>\S+) is quarantined"))
def is_quarantined(world: World, image: str) -> None:
    def held() -> bool:
        return world.reference(image) in (world.annotation("shop", annotation.QUARANTINE) or "").split(",")

    world.eventually(held, f"quarantined are {world.annotation('shop', annotation.QUARANTINE)}")


@then("no image is quarantined")
def no_image_is_quarantined(world: World) -> None:
    world.eventually(
        lambda: world.annotation("shop", annotation.QUARANTINE) is None,
        f"quarantined are {world.annotation('shop', annotation.QUARANTINE)}",
    )


@then(parsers.parse("both workloads run {image}"))
def both_run(world: World, image: str) -> None:
    def images() -> set[str]:
        return {world.image(name) for name in ("shop", "other")}

    world.eventually(lambda: images() == {world.reference(image)}, f"the workloads run {images()}, not {image}")


@given(parsers.parse("{image} has failed on three other workloads"))
def has_failed_elsewhere(world: World, image: str) -> None:
    _fail(world, image, ("one", "two", "three"))


@given(parsers.parse("{image} has failed in three other namespaces"))
def has_failed_in_other_namespaces(world: World, image: str) -> None:
    world.have_namespaces("blue", "green", "red")
    _fail(world, image, ("blue/payments", "green/payments", "red/payments"))


@given(parsers.parse("{image} has failed on three workloads of another namespace"))
def has_failed_in_another_namespace(world: World, image: str) -> None:
    world.have_namespaces("blue")
    _fail(world, image, ("blue/one", "blue/two", "blue/three"))


def _fail(world: World, image: str, names: tuple[str, ...]) -> None:
    repository, _, tag = image.partition(":")
    world.publish(repository, tag, "crash")
    world.start()
    for name in names:
        world.deploy(name, f"{repository}:1.0.0", {annotation.ENABLED: "true"})
    world.pass_time(timedelta(minutes=5))

    def failed_everywhere() -> bool:
        held = [world.annotation(name, annotation.QUARANTINE) or "" for name in names]
        return all(world.reference(image) in each for each in held)

    world.eventually(failed_everywhere, f"{image} has not failed on all of {names}")
