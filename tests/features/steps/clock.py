"""Steps about time."""

from __future__ import annotations

from datetime import datetime, timedelta

from pytest_bdd import given, parsers, then, when

from tests.features.worlds.world import World


@given(parsers.parse("it is {moment}"))
def it_is(world: World, moment: str) -> None:
    world.set_time(datetime.fromisoformat(moment))


@when("the next check is due")
def the_next_check_is_due(world: World) -> None:
    world.start()
    world.pass_time(timedelta(minutes=5))


@given(parsers.parse("{minutes:d} minutes pass"))
@when(parsers.parse("{minutes:d} minutes pass"))
def minutes_pass(world: World, minutes: int) -> None:
    world.pass_time(timedelta(minutes=minutes))


@then("its next check is at a multiple of five minutes")
def next_check_is_at_a_multiple_of_five_minutes(world: World) -> None:
    world.eventually(lambda: world.next_check("shop") is not None, "no check is scheduled")
    scheduled = world.next_check("shop")
    assert scheduled is not None
    assert (scheduled.minute % 5, scheduled.second) == (0, 0)
    assert timedelta(0) < scheduled - world.now() <= timedelta(minutes=5)


@then(parsers.parse("the next check is at {moment}"))
def the_next_check_is_at(world: World, moment: str) -> None:
    expected = datetime.fromisoformat(moment)
    world.eventually(
        lambda: world.next_check("shop") == expected,
        f"the next check is at {world.next_check('shop')}, expected {expected}",
    )


@then("no check is scheduled for it")
def no_check_is_scheduled(world: World) -> None:
    assert world.next_check("shop") is None
