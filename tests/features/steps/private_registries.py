"""Steps about private registries and the pull credentials of workloads."""

from __future__ import annotations

from pytest_bdd import given, parsers, when

from tests.features.worlds.world import World
from watch_cluster.domain.workload import annotation

NAMES = {"a watched workload": "shop", "another workload": "other"}


@given(parsers.parse("a private registry has {repository} in {tags}"))
def a_private_registry_has(world: World, repository: str, tags: str) -> None:
    world.close_registry()
    for tag in tags.split(", "):
        world.publish(repository, tag)


@given(parsers.parse("{user} may read {repository}"))
@when(parsers.parse("{user} may read {repository}"))
def may_read(world: World, user: str, repository: str) -> None:
    world.permit(user, repository)


@given(parsers.parse('the pull secret "{secret}" contains the credentials of {user}'))
def has_the_login(world: World, secret: str, user: str) -> None:
    world.give_login(secret, user)


@given(parsers.parse('the pull secret "{secret}" contains an old password of {user}'))
def has_an_old_password(world: World, secret: str, user: str) -> None:
    world.give_login(secret, user, "a-password-of-last-year")


@given(parsers.parse('the service account has the pull secret "{secret}"'))
def the_account_has(world: World, secret: str) -> None:
    world.give_account(secret)


@given(
    parsers.re(r'(?P<workload>a watched|another) workload runs (?P<image>\S+) with the pull secret "(?P<secret>.*)"')
)
def runs_with_the_pull_secret(world: World, workload: str, image: str, secret: str) -> None:
    world.start()
    world.deploy(NAMES[f"{workload} workload"], image, {annotation.ENABLED: "true"}, pull_secret=secret)
