"""Steps about channels, digests and pushes."""

from __future__ import annotations

from datetime import timedelta

from pytest_bdd import given, parsers, then, when

from tests.features.steps.notifications import parse_notification
from tests.features.worlds.world import World


@given("the channels team-a and team-b")
def channels(world: World) -> None:
    world.have_channel("team-a")
    world.have_channel("team-b")


@given("a channel team-a of another namespace")
def channel_of_another_namespace(world: World) -> None:
    world.have_channel("team-a", ("another",))


@given("a channel team-a with a digest every morning")
def channel_with_a_digest(world: World) -> None:
    world.have_channel("team-a", every_morning=True)


@given(parsers.parse("the channel {name} is away"))
def channel_is_away(world: World, name: str) -> None:
    world.channel_down(name)


@when(parsers.parse("the channel {name} is back"))
def channel_is_back(world: World, name: str) -> None:
    world.channel_back(name)


@when("the next morning comes")
def the_next_morning_comes(world: World) -> None:
    now = world.now()
    nine = now.replace(hour=9, minute=2, second=0, microsecond=0)
    world.pass_time((nine if nine > now else nine + timedelta(days=1)) - now)


@then(parsers.parse("the channel {name} gets in order: {notifications}"))
def channel_gets(world: World, name: str, notifications: str) -> None:
    expected = [parse_notification(text) for text in notifications.split(", ")]
    world.eventually(
        lambda: world.messages(name) == expected, f"{name} got {world.messages(name)}, expected {expected}"
    )


@then(parsers.parse('a message in the channel {name} says "{words}"'))
def a_message_says(world: World, name: str, words: str) -> None:
    world.eventually(
        lambda: any(words in text for text in world.texts(name)), f"{name} got {world.texts(name)}, without {words}"
    )


@then(parsers.parse('nobody reads "{words}"'))
def nobody_reads(world: World, words: str) -> None:
    told = [message for _, message in world.events("shop")]
    told += [text for name in ("team-a", "team-b") for text in world.texts(name)]
    assert told
    assert [each for each in told if words in each] == []


@then(parsers.parse("the channel {name} gets nothing"))
def channel_gets_nothing(world: World, name: str) -> None:
    assert world.messages(name) == []
    assert world.digests(name) == []


@then(parsers.parse("the channel {name} gets a digest with: {notification}"))
def channel_gets_a_digest(world: World, name: str, notification: str) -> None:
    kind, tag = parse_notification(notification)

    def told() -> bool:
        return [[(entry, f":{tag}" in text) for entry, text in each] for each in world.digests(name)] == [
            [(kind, True)]
        ]

    world.eventually(told, f"{name} got {world.digests(name)}")


@when(parsers.parse("the registry tells that {repository} was pushed to"))
def a_push_arrives(world: World, repository: str) -> None:
    world.start()
    world.hear_push(repository)
