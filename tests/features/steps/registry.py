"""Steps about the registry."""

from __future__ import annotations

from datetime import UTC, datetime

from pytest_bdd import given, parsers, then, when

from tests.features.worlds.world import World


@given(parsers.re(r"the registry has (?P<repository>\S+) in (?P<tags>[^ ,]+(, [^ ,]+)*)"))
def the_registry_has(world: World, repository: str, tags: str) -> None:
    for tag in tags.split(", "):
        world.publish(repository, tag)


@given(parsers.re(r"the registry has (?P<repository>\S+) in (?P<tag>\S+) built for (?P<architectures>.+)"))
def the_registry_has_it_built_for(world: World, repository: str, tag: str, architectures: str) -> None:
    world.publish_for(repository, tag, tuple(architectures.split(" and ")))


@given(parsers.re(r"the registry has (?P<repository>\S+) in (?P<tag>\S+) built on (?P<day>\d{4}-\d\d-\d\d)"))
def the_registry_has_it_built_on(world: World, repository: str, tag: str, day: str) -> None:
    world.publish_built(repository, tag, datetime.fromisoformat(day).replace(tzinfo=UTC))


@given(parsers.parse("the cluster has nodes for {architectures}"))
def the_cluster_has_nodes_for(world: World, architectures: str) -> None:
    world.have_nodes(tuple(architectures.split(" and ")))


@given(parsers.parse("the registry has {repository} without any tag"))
def the_registry_has_no_tag(world: World, repository: str) -> None:
    world.publish_nothing(repository)


@when(parsers.parse("version {tag} of {repository} is published"))
def is_published(world: World, tag: str, repository: str) -> None:
    world.publish(repository, tag)


@given(parsers.re(r"version (?P<tag>\S+) of (?P<repository>\S+) is published from (?P<source>\S+)"))
@when(parsers.re(r"version (?P<tag>\S+) of (?P<repository>\S+) is published from (?P<source>\S+)"))
def is_published_from(world: World, tag: str, repository: str, source: str) -> None:
    world.publish_from(repository, tag, source)


@given(parsers.parse("version {tag} of {repository} is slow to become ready"))
def is_slow(world: World, tag: str, repository: str) -> None:
    world.publish(repository, tag, "slow")


@given(parsers.parse("version {tag} of {repository} never becomes ready"))
def never_gets_ready(world: World, tag: str, repository: str) -> None:
    world.publish(repository, tag, "never-ready")


@given("requests to the registry are counted")
def requests_are_counted(world: World) -> None:
    world.count_requests()


@then(parsers.parse("the tags of {repository} are requested once"))
def tags_are_requested_once(world: World, repository: str) -> None:
    world.eventually(lambda: world.request_count(repository) > 0, "no tags were requested")
    assert world.request_count(repository) == 1


@given("the registry is down")
def the_registry_is_down(world: World) -> None:
    world.registry_down()


@when("the registry is back")
def the_registry_is_back(world: World) -> None:
    world.registry_back()


@when(parsers.parse("the tag {tag} of {repository} is moved to a new image"))
def is_moved_to_a_new_image(world: World, tag: str, repository: str) -> None:
    world.republish(repository, tag)


@given(parsers.parse("version {tag} of {repository} crashes"))
def crashes(world: World, tag: str, repository: str) -> None:
    world.publish(repository, tag, "crash")


@given(parsers.parse("version {tag} of {repository} becomes ready and crashes later"))
def crashes_later(world: World, tag: str, repository: str) -> None:
    world.publish(repository, tag, "crash-later")


@given(parsers.re(r"(?P<signer>the team|a stranger) has signed (?P<image>\S+)"))
def has_signed(world: World, signer: str, image: str) -> None:
    world.sign(image, signer)


@given(parsers.parse("the Secret {secret} holds the public key of {signer}"))
def holds_the_key(world: World, secret: str, signer: str) -> None:
    world.give_key(secret, signer)
