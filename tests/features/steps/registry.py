"""Steps about the registry."""

from __future__ import annotations

from pytest_bdd import given, parsers, then, when

from tests.features.world import World


@given(parsers.re(r"the registry has (?P<repository>\S+) in (?P<tags>[^ ,]+(, [^ ,]+)*)"))
def the_registry_has(world: World, repository: str, tags: str) -> None:
    for tag in tags.split(", "):
        world.publish(repository, tag)


@given(parsers.re(r"the registry has (?P<repository>\S+) in (?P<tag>\S+) built for (?P<architectures>.+)"))
def the_registry_has_it_built_for(world: World, repository: str, tag: str, architectures: str) -> None:
    world.publish_for(repository, tag, tuple(architectures.split(" and ")))


@given(parsers.parse("the cluster has nodes for {architectures}"))
def the_cluster_has_nodes_for(world: World, architectures: str) -> None:
    world.have_nodes(tuple(architectures.split(" and ")))


@given(parsers.parse("the registry has {repository} without any tag"))
def the_registry_has_no_tag(world: World, repository: str) -> None:
    world.publish_nothing(repository)


@when(parsers.parse("version {tag} of {repository} is published"))
def is_published(world: World, tag: str, repository: str) -> None:
    world.publish(repository, tag)


@given(parsers.parse("version {tag} of {repository} is slow to get ready"))
def is_slow(world: World, tag: str, repository: str) -> None:
    world.publish(repository, tag, "slow")


@given(parsers.parse("version {tag} of {repository} never gets ready"))
def never_gets_ready(world: World, tag: str, repository: str) -> None:
    world.publish(repository, tag, "never-ready")


@given("questions to the registry are counted")
def questions_are_counted(world: World) -> None:
    world.count_questions()


@then(parsers.parse("the registry was asked for the tags of {repository} once"))
def was_asked_once(world: World, repository: str) -> None:
    world.eventually(lambda: world.times_asked(repository) > 0, "the registry was not asked")
    assert world.times_asked(repository) == 1


@given("the registry is down")
def the_registry_is_down(world: World) -> None:
    world.registry_down()


@when("the registry is back")
def the_registry_is_back(world: World) -> None:
    world.registry_back()


@when(parsers.parse("the tag {tag} of {repository} comes to stand for a new image"))
def stands_for_a_new_image(world: World, tag: str, repository: str) -> None:
    world.republish(repository, tag)


@given(parsers.parse("version {tag} of {repository} crashes"))
def crashes(world: World, tag: str, repository: str) -> None:
    world.publish(repository, tag, "crash")


@given(parsers.parse("version {tag} of {repository} gets ready and crashes later"))
def crashes_later(world: World, tag: str, repository: str) -> None:
    world.publish(repository, tag, "crash-later")
