"""Steps about the receiver outside."""

from __future__ import annotations

from pytest_bdd import given, parsers, then, when

from tests.features.world import World


@given("the receiver is away")
@when("the receiver is away")
def receiver_is_away(world: World) -> None:
    world.receiver_down()


@when("the receiver is back")
def receiver_is_back(world: World) -> None:
    world.receiver_back()


@then(parsers.parse("the receiver hears of {occasions} in this order"))
def hears_of(world: World, occasions: str) -> None:
    expected = [tuple(each.split(" ")) for each in occasions.split(", ")]
    world.eventually(
        lambda: world.announced("shop") == expected,
        f"the receiver was to hear of {expected}, but heard of {world.announced('shop')}",
    )


@then("the receiver hears of nothing")
def hears_of_nothing(world: World) -> None:
    assert world.announced("shop") == []
