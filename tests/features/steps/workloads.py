"""Steps about workloads and their owners. `the workload` is named shop, `the other workload` other."""

from __future__ import annotations

import re
from datetime import timedelta

from pytest_bdd import given, parsers, then, when

from tests.features.worlds.world import World
from watch_cluster.domain.rollout.event import EventReason
from watch_cluster.domain.workload import annotation

REASONS = {
    "a completed update": EventReason.IMAGE_UPDATED,
    "a failed update": EventReason.IMAGE_UPDATE_FAILED,
    "a rollback": EventReason.IMAGE_ROLLED_BACK,
    "a held update": EventReason.UPDATE_HELD,
    "an available update": EventReason.UPDATE_AVAILABLE,
    "an invalid configuration": EventReason.INVALID_CONFIGURATION,
    "a registry error": EventReason.REGISTRY_ERROR,
    "an unverified image": EventReason.IMAGE_NOT_VERIFIED,
    "a completed manual check": EventReason.MANUAL_CHECK_DONE,
}
_EVENT = rf"an event reports (?P<kind>{'|'.join(REASONS)})(?P<other> for the other workload)?"
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


@given(parsers.re(r'a watched workload runs (?P<image>\S+) with the schedule "(?P<cron>.*)"'))
def a_watched_workload_with_a_schedule(world: World, image: str, cron: str) -> None:
    world.deploy("shop", image, _watched(cron=cron))
    world.start()


@given(parsers.re(r'a watched workload runs (?P<image>\S+) with (?P<settings>\S+ set to ".*")'))
def a_watched_workload_with_settings(world: World, image: str, settings: str) -> None:
    world.start()
    world.deploy("shop", image, _watched() | _settings(settings))
    replicas_run(world, image)


@given(parsers.re(r"a watched workload runs (?P<image>\S+) after the other one has for (?P<duration>\w+)"))
def a_watched_workload_with_a_predecessor(world: World, image: str, duration: str) -> None:
    world.start()
    world.deploy("shop", image, _watched(after=f"{world.named('other')} {duration}"))
    replicas_run(world, image)


@given("the other one comes after it")
def the_other_one_comes_after_it(world: World) -> None:
    world.annotate("other", {annotation.AFTER: f"{world.named('shop')} 1h"})


@then(parsers.re(r"the update of the other workload to (?P<image>\S+) succeeds"))
def the_other_update_succeeds(world: World, image: str) -> None:
    expected = world.reference(image)
    world.eventually(
        lambda: world.annotation("other", annotation.LAST_UPDATE_IMAGE) == expected,
        f"the other workload has not been updated to {expected}",
    )


@then(parsers.re(r"the other workload is rolled back to (?P<image>\S+)"))
def the_other_is_rolled_back(world: World, image: str) -> None:
    world.eventually(
        lambda: "rolled-back" in (world.annotation("other", annotation.HISTORY) or ""), "nothing was rolled back"
    )
    assert world.image("other") == world.reference(image)


@given(parsers.re(r'a production workload runs (?P<image>\S+) with (?P<settings>\S+ set to ".*")'))
def a_production_workload(world: World, image: str, settings: str) -> None:
    world.start()
    world.deploy("shop", image, {annotation.ENABLED: "false"} | _settings(settings))


@given(
    parsers.re(r'a watched workload that always pulls its image runs (?P<image>\S+) with (?P<settings>\S+ set to ".*")')
)
def a_watched_workload_that_always_pulls(world: World, image: str, settings: str) -> None:
    world.start()
    world.deploy("shop", image, _watched() | _settings(settings), always_pulled=True)
    replicas_run(world, image)


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


@given(parsers.parse("a watched workload that another object manages runs {image}"))
def a_workload_with_an_owner(world: World, image: str) -> None:
    world.start()
    world.deploy("shop", image, _watched(), owner="factory")


@given("Flux applies it from Git")
def it_is_applied_from_git(world: World) -> None:
    world.apply_from_git("shop")


@given(parsers.parse('a watched workload has a container setting: {key} set to "{value}"'))
def a_workload_with_a_container_setting(world: World, key: str, value: str) -> None:
    world.start()
    own = annotation.of_container(f"{annotation.DOMAIN}/{key}", "app")
    world.deploy("shop", "shop:1.0.0", _watched() | {own: value})


@given(parsers.parse("a watched workload runs {image} with a progress deadline of {seconds:d} seconds"))
def a_watched_workload_with_a_deadline(world: World, image: str, seconds: int) -> None:
    world.start()
    world.deploy("shop", image, _watched(), timedelta(seconds=seconds))


@given(parsers.parse("a watched workload without a progress deadline runs {image} with rollout-timeout set to {value}"))
def a_watched_workload_with_a_timeout(world: World, image: str, value: str) -> None:
    world.start()
    world.deploy("shop", image, _watched(rollout_timeout=value), None)
    replicas_run(world, image)


@given(parsers.re(r"a workload runs (?P<image>\S+) with enabled (?:set to (?P<value>\S+)|not set)"))
def a_workload_with_enabled(world: World, image: str, value: str | None) -> None:
    world.start()
    world.deploy("shop", image, {} if value is None else {annotation.ENABLED: value})


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


@when(parsers.parse("a user sets its image to {image}"))
def a_user_sets_its_image(world: World, image: str) -> None:
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


@when(parsers.re(r"(?P<subject>the workload|the other workload) runs (?P<image>\S+)"))
@then(parsers.re(r"(?P<subject>the workload|the other workload) runs (?P<image>\S+)"))
def runs(world: World, subject: str, image: str) -> None:
    name, expected = SUBJECTS[subject], world.reference(image)
    world.eventually(lambda: world.image(name) == expected, f"{subject} does not run {expected}")


@then(parsers.re(r"(?P<subject>the workload|the other workload) still runs (?P<image>\S+)"))
def still_runs(world: World, subject: str, image: str) -> None:
    assert world.image(SUBJECTS[subject]) == world.reference(image)


@then(parsers.re(r"(?P<subject>the workload|the other workload) is unchanged"))
def is_unchanged(world: World, subject: str) -> None:
    assert not world.written_by_us(SUBJECTS[subject])


@then("no event is reported")
def no_event_is_reported(world: World) -> None:
    assert world.events("shop") == []


@then(parsers.re(_EVENT + r'(?P<once> once)?: "(?P<words>[^"]+)"'))
def an_event_reports(world: World, kind: str, other: str | None, once: str | None, words: str) -> None:
    name, reason = "shop" if other is None else "other", REASONS[kind].value

    def messages() -> list[str]:
        return [message for actual, message in world.events(name) if actual == reason]

    world.eventually(
        lambda: any(words in message for message in messages()),
        f"no event of {name} reports {kind} with {words!r}: {world.events(name)}",
    )
    assert once is None or len(messages()) == 1, f"{kind} is reported more than once: {messages()}"


@given(parsers.parse("it has {count:d} replicas"))
@when(parsers.parse("it is scaled to {count:d} replicas"))
def it_is_scaled(world: World, count: int) -> None:
    world.scale("shop", count)


@when(parsers.parse("a user removes the digest from its image {image}"))
def a_user_unpins(world: World, image: str) -> None:
    world.set_image("shop", image)


@then(parsers.parse("the workload runs the new {image}, pinned to its digest"))
def runs_pinned(world: World, image: str) -> None:
    expected = f"{world.reference(image)}@{world.digest(image)}"
    world.eventually(lambda: world.image("shop") == expected, f"the workload does not run {expected}")
    world.eventually(lambda: world.runs("shop") == {world.digest(image)}, "its replicas run something else")


@then(parsers.parse("its replicas run the new {image}"))
def replicas_run(world: World, image: str) -> None:
    world.eventually(
        lambda: world.runs("shop") == {world.digest(image)}, f"its replicas do not run {world.digest(image)}"
    )


@then("the request is removed")
def the_request_is_removed(world: World) -> None:
    world.eventually(lambda: world.annotation("shop", annotation.CHECK_NOW) is None, "check-now is still there")


@when(parsers.parse("a user sets the image of the other workload to {image}"))
def a_user_sets_the_image_of_the_other(world: World, image: str) -> None:
    world.set_image("other", image)


@when(parsers.parse("the other workload is scaled to {count:d} replicas"))
def the_other_is_scaled(world: World, count: int) -> None:
    world.scale("other", count)


@then(parsers.parse('no event of the workload mentions "{text}"'))
def no_event_mentions(world: World, text: str) -> None:
    assert [message for _, message in world.events("shop") if text in message] == []
