"""Steps about images that are written back to Git. `the tool` is what applies the repository to the cluster."""

from __future__ import annotations

from pytest_bdd import given, parsers, then, when

from tests.features.worlds.world import World
from tests.gitops.forge_server import Request
from watch_cluster.domain.workload import annotation


def _requests(world: World, state: str) -> list[Request]:
    return [each for each in world.git.forge.pulls if each.state == state]


@given(parsers.re(r"the manifests are in a repository that takes (?P<what>commits|pull requests)"))
def the_manifests_are_in_a_repository(world: World, what: str) -> None:
    world.use_git("commit" if what == "commits" else "pull-request")


@given("the operator allows another folder only")
def another_folder_only(world: World) -> None:
    world.use_git("commit", allowed="others")


@given(parsers.parse("a workload that is written back runs {image}"))
def a_workload_that_is_written_back(world: World, image: str) -> None:
    world.git.deploy("shop", world.reference(image))
    world.start()
    settings = {
        annotation.ENABLED: "true",
        annotation.WRITE_BACK: "git",
        annotation.GIT_PATH: world.git.path,
    }
    world.deploy("shop", image, settings)


@given("its manifest has another image")
def its_manifest_has_another_image(world: World) -> None:
    world.git.deploy("shop", "registry.example/other:1.0.0")


@when("the tool applies the repository")
def the_tool_applies(world: World) -> None:
    world.set_image("shop", world.git.image("shop").removeprefix(world.reference("")))


@when("a user reverts the commit")
def a_user_reverts_the_commit(world: World) -> None:
    world.git.undo()


@when(parsers.parse("a user commits {image}"))
def a_user_commits(world: World, image: str) -> None:
    world.git.deploy("shop", world.reference(image))


@when("somebody else pushes first")
def somebody_else_pushes_first(world: World) -> None:
    def push() -> None:
        world.git.server.before_push = None
        world.git.repository.commit({"apps/other.yaml": "kind: Other\n"}, "Something else")

    world.git.server.before_push = push


@when(parsers.re(r"a user (?P<action>merges|closes) the request"))
def a_user_ends_the_request(world: World, action: str) -> None:
    [request] = _requests(world, "open")
    if action == "merges":
        world.git.merge(request)
    else:
        request.state = "closed"


@then(parsers.parse("the repository has {image}"))
def the_repository_has(world: World, image: str) -> None:
    expected = world.reference(image)
    world.eventually(lambda: world.git.image("shop") == expected, f"the repository has {world.git.image('shop')}")


@then(parsers.re(r"Watch-Cluster has made (?P<count>\d+|no) commits?"))
def has_made_commits(world: World, count: str) -> None:
    made = world.git.ours()
    assert len(made) == (0 if count == "no" else int(count)), made
    assert len({rollout for _, rollout in made}) == len(made), made


@then(parsers.parse('the commit says "{words}"'))
def the_commit_says(world: World, words: str) -> None:
    assert words in world.git.message().replace(world.reference(""), "")


@then(parsers.parse("a request proposes {image}"))
def a_request_proposes(world: World, image: str) -> None:
    tag = image.rpartition(":")[2]

    def proposes() -> bool:
        found = _requests(world, "open")
        return len(found) == 1 and found[0].title.endswith(f"app to {tag}")

    world.eventually(proposes, f"the requests are {world.git.forge.pulls}")
    assert world.git.refused == []


@then(parsers.re(r"no request is open"))
def no_request_is_open(world: World) -> None:
    world.eventually(lambda: not _requests(world, "open"), f"the requests are {world.git.forge.pulls}")


@then(parsers.parse("{count:d} requests were opened in total"))
def requests_were_opened(world: World, count: int) -> None:
    assert len(world.git.forge.pulls) == count, world.git.forge.pulls


@then("the request says why the update failed")
def the_request_tells(world: World) -> None:
    [request] = _requests(world, "open")
    assert "The update failed: `" in request.text
    assert "crash" in request.text, request.text
