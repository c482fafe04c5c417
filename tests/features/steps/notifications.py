"""Steps about the webhook receiver."""

from __future__ import annotations

from pytest_bdd import given, parsers, then, when

from tests.features.worlds.world import World
from watch_cluster.domain.rollout.notification import NotificationType

TYPES = {
    "detected": NotificationType.DEPLOYMENT_DETECTED,
    "rollout started": NotificationType.IMAGE_ROLLOUT_STARTED,
    "rollout completed": NotificationType.IMAGE_ROLLOUT_COMPLETED,
    "rollout failed": NotificationType.IMAGE_ROLLOUT_FAILED,
    "rolled back": NotificationType.IMAGE_ROLLED_BACK,
    "approval needed": NotificationType.APPROVAL_NEEDED,
}


@given("the receiver is unavailable")
@when("the receiver is unavailable")
def receiver_is_away(world: World) -> None:
    world.receiver_down()


@when("the receiver is back")
def receiver_is_back(world: World) -> None:
    world.receiver_back()


@then(parsers.parse("the receiver gets in order: {notifications}"))
def receiver_gets(world: World, notifications: str) -> None:
    expected = [parse_notification(text) for text in notifications.split(", ")]
    world.eventually(
        lambda: world.notifications("shop") == expected,
        f"the receiver got {world.notifications('shop')}, expected {expected}",
    )


@then("the receiver gets nothing")
def receiver_gets_nothing(world: World) -> None:
    assert world.notifications("shop") == []


def parse_notification(text: str) -> tuple[str, str]:
    """Return type and tag of `rollout completed 1.0.1`."""
    name, _, version = text.rpartition(" ")
    return TYPES[name].value, version
