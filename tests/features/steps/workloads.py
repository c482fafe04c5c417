"""Steps about workloads and their owners. `the workload` is called shop, the `other` one is called other."""

from __future__ import annotations

import re
from datetime import timedelta

from pytest_bdd import given, parsers, then, when

from tests.features.world import World
from watch_cluster.domain.workload import annotation

SUBJECTS = {"the workload": "shop", "the other workload": "other", "its owner": "shop", "the other's owner": "other"}


def _watched(**settings: str) -> dict[str, str]:
    return {annotation.ENABLED: "true"} | {
        f"{annotation.DOMAIN}/{key.replace('_', '-')}": value for key, value in settings.items()
    }


def _settings(text: str) -> dict[str, str]:
    pairs = re.findall(r'(\S+) set to "(.*?)"', text)
    return {f"{annotation.DOMAIN}/{key}": value for key, value in pairs}


@given(parsers.re(r"a watched workload runs (?P<image>\S+)"))
def a_watched_workload(world: World, image: str) -> None:
    world.start()
    world.deploy("shop", image, _watched())


@given(parsers.re(r'a watched workload runs (?P<image>\S+) and is checked "(?P<cron>.*)"'))
def a_watched_workload_with_a_schedule(world: World, image: str, cron: str) -> None:
    world.deploy("shop", image, _watched(cron=cron))
    world.start()


@given(parsers.re(r'a watched workload runs (?P<image>\S+) with (?P<settings>\S+ set to ".*")'))
def a_watched_workload_with_settings(world: World, image: str, settings: str) -> None:
    world.start()
    world.deploy("shop", image, _watched() | _settings(settings))
    instances_come_to_run(world, image)


@given(parsers.re(r'a production workload runs (?P<image>\S+) with (?P<settings>\S+ set to ".*")'))
def a_production_workload(world: World, image: str, settings: str) -> None:
    world.start()
    world.deploy("shop", image, {annotation.ENABLED: "false"} | _settings(settings))


@given(parsers.re(r'a watched workload that is always pulled runs (?P<image>\S+) with (?P<settings>\S+ set to ".*")'))
def a_watched_workload_that_is_always_pulled(world: World, image: str, settings: str) -> None:
    world.start()
    world.deploy("shop", image, _watched() | _settings(settings), always_pulled=True)
    instances_come_to_run(world, image)


@given(parsers.re(r"a watched (?P<kind>Deployment|StatefulSet|DaemonSet|CronJob) runs (?P<image>\S+)"))
def a_watched_workload_of_a_kind(world: World, kind: str, image: str) -> None:
    world.start()
    world.deploy("shop", image, _watched(), kind=kind)


@given("it is paused")
def it_is_paused(world: World) -> None:
    world.pause("shop", paused=True)


@when("it is resumed")
def it_is_resumed(world: World) -> None:
    world.pause("shop", paused=False)


@given(parsers.parse("a watched workload that another object controls runs {image}"))
def a_workload_with_an_owner(world: World, image: str) -> None:
    world.start()
    world.deploy("shop", image, _watched(), owner="factory")


@given(parsers.parse('a workload is watched with a container setting of its own: {key} set to "{value}"'))
def a_workload_with_a_container_setting(world: World, key: str, value: str) -> None:
    world.start()
    own = annotation.of_container(f"{annotation.DOMAIN}/{key}", "app")
    world.deploy("shop", "shop:1.0.0", _watched() | {own: value})


@given(parsers.parse("a watched workload runs {image} and may take {seconds:d} seconds to make progress"))
def a_watched_workload_with_a_deadline(world: World, image: str, seconds: int) -> None:
    world.start()
    world.deploy("shop", image, _watched(), timedelta(seconds=seconds))


@given(
    parsers.parse("a watched workload without a deadline of its own runs {image} with rollout-timeout set to {value}")
)
def a_watched_workload_with_a_timeout(world: World, image: str, value: str) -> None:
    world.start()
    world.deploy("shop", image, _watched(rollout_timeout=value), None)
    instances_come_to_run(world, image)


@given(parsers.re(r"a workload runs (?P<image>\S+) with enabled set to (?P<value>\S+)"))
def a_workload_with_enabled(world: World, image: str, value: str) -> None:
    world.start()
    world.deploy("shop", image, {} if value == "nothing" else {annotation.ENABLED: value})


@given(parsers.re(r'another workload runs (?P<image>\S+) with (?P<settings>\S+ set to ".*")'))
def another_workload_with_settings(world: World, image: str, settings: str) -> None:
    world.start()
    world.deploy("other", image, _watched() | _settings(settings))


@given(parsers.re(r"another workload runs the image (?P<image>\S+)"))
def another_workload_with_an_image(world: World, image: str) -> None:
    world.start()
    world.deploy("other", image, _watched())


@when(parsers.re(r'(?P<owner>its owner|the other\'s owner) sets (?P<key>\S+) to "?(?P<value>.*?)"?'))
def the_owner_sets(world: World, owner: str, key: str, value: str) -> None:
    world.annotate(SUBJECTS[owner], {f"{annotation.DOMAIN}/{key}": value})


@when(parsers.parse("somebody sets its image to {image}"))
def somebody_sets_its_image(world: World, image: str) -> None:
    world.set_image("shop", image)


@given(parsers.parse('the namespace sets {key} to "{value}"'))
@when(parsers.parse('the namespace sets {key} to "{value}"'))
def the_namespace_sets(world: World, key: str, value: str) -> None:
    world.annotate_namespace({f"{annotation.DOMAIN}/{key}": value})


@given(parsers.parse('the namespace is frozen for "{reason}"'))
@when(parsers.parse('the namespace is frozen for "{reason}"'))
def the_namespace_is_frozen(world: World, reason: str) -> None:
    world.annotate_namespace({annotation.FREEZE: reason})


@when("the namespace is no longer frozen")
def the_namespace_is_no_longer_frozen(world: World) -> None:
    world.annotate_namespace({annotation.FREEZE: None})


@then(parsers.re(r"(?P<candidate>\d\S*) is pending"))
def is_pending(world: World, candidate: str) -> None:
    world.eventually(
        lambda: world.annotation("shop", annotation.PENDING) == candidate,
        f"pending is {world.annotation('shop', annotation.PENDING)}, not {candidate}",
    )


@then("nothing is pending")
def nothing_is_pending(world: World) -> None:
    world.eventually(lambda: world.annotation("shop", annotation.PENDING) is None, "something is pending")


@when("the workload is deleted")
def the_workload_is_deleted(world: World) -> None:
    world.delete("shop")


@when(parsers.re(r"(?P<subject>the workload|the other workload) comes to run (?P<image>\S+)"))
@then(parsers.re(r"(?P<subject>the workload|the other workload) comes to run (?P<image>\S+)"))
def comes_to_run(world: World, subject: str, image: str) -> None:
    name, expected = SUBJECTS[subject], world.reference(image)
    world.eventually(lambda: world.image(name) == expected, f"{subject} does not run {expected}")


@then(parsers.re(r"(?P<subject>the workload|the other workload) still runs (?P<image>\S+)"))
def still_runs(world: World, subject: str, image: str) -> None:
    assert world.image(SUBJECTS[subject]) == world.reference(image)


@then(parsers.re(r"nothing was written to (?P<subject>the workload|the other workload)"))
def nothing_was_written(world: World, subject: str) -> None:
    assert not world.written_by_us(SUBJECTS[subject])


@then(parsers.re(r"(?P<owner>its owner|the other\'s owner) is told nothing"))
def is_told_nothing(world: World, owner: str) -> None:
    assert world.events(SUBJECTS[owner]) == []


@then(parsers.re(r'(?P<owner>its owner|the other\'s owner) is told "(?P<reason>\w+)" about "(?P<words>[^"]+)"'))
def is_told(world: World, owner: str, reason: str, words: str) -> None:
    name = SUBJECTS[owner]
    world.eventually(
        lambda: any(told == reason and words in message for told, message in world.events(name)),
        f"{owner} was not told {reason} about {words!r}, but {world.events(name)}",
    )


@then(parsers.re(r'(?P<owner>its owner|the other\'s owner) is told "(?P<reason>\w+)" about "(?P<words>[^"]+)" once'))
def is_told_once(world: World, owner: str, reason: str, words: str) -> None:
    is_told(world, owner, reason, words)
    events = [(told, message) for told, message in world.events(SUBJECTS[owner]) if told == reason]
    assert len(events) == 1, f"{owner} was told more than once: {events}"


@given(parsers.parse("it runs {count:d} instances"))
@when(parsers.parse("it is scaled to {count:d} instances"))
def it_is_scaled(world: World, count: int) -> None:
    world.scale("shop", count)


@when(parsers.parse("somebody takes the digest out of its image {image}"))
def somebody_unpins(world: World, image: str) -> None:
    world.set_image("shop", image)


@then(parsers.parse("the workload comes to run the new {image}, pinned to its digest"))
def comes_to_run_pinned(world: World, image: str) -> None:
    expected = f"{world.reference(image)}@{world.digest(image)}"
    world.eventually(lambda: world.image("shop") == expected, f"the workload does not run {expected}")
    world.eventually(lambda: world.runs("shop") == {world.digest(image)}, "its instances run something else")


@then(parsers.parse("its instances come to run the new {image}"))
def instances_come_to_run(world: World, image: str) -> None:
    world.eventually(
        lambda: world.runs("shop") == {world.digest(image)}, f"its instances do not run {world.digest(image)}"
    )


@then("the question is taken away")
def the_question_is_taken_away(world: World) -> None:
    world.eventually(lambda: world.annotation("shop", annotation.CHECK_NOW) is None, "check-now is still there")
