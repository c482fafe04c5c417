"""What the client reads of real registries: the CNCF's, and those of go-containerregistry, olareg and CUE.

go-containerregistry's honors `n` and `last` and gives no Link, as Gitea does. olareg's writes `rel=next` without
quotes. CUE's refuses pages of more than 100 tags here, as ECR and Quay refuse those that are too large for them.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

import pytest

from tests.cluster.build import go_program
from tests.cluster.cluster import Cluster
from tests.cluster.processes import Server, answers, free_port
from tests.cluster.registry.images import push, push_platforms, tag_again
from watch_cluster.adapters.oci.registry import OciImageRegistry
from watch_cluster.application.ports.registry.image_registry import RepositoryNotFound
from watch_cluster.domain.images.platform import Platform
from watch_cluster.domain.images.reference import Repository

SOURCES: Final = Path(__file__).parents[1] / "registries"
PROGRAMS: Final = {
    "go-containerregistry": ("memory-registry",),
    "olareg": ("small-registries", "olareg"),
    "ociregistry": ("small-registries", "ociregistry"),
}
"""The folder of each program, and its first arguments."""


@pytest.fixture(scope="session", params=["distribution", *PROGRAMS])
def host(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    if request.param == "distribution":
        cluster: Cluster = request.getfixturevalue("cluster")
        yield cluster.registry
        return
    folder, *arguments = PROGRAMS[request.param]
    program = go_program(SOURCES / folder, build=bool(request.config.getoption("--cluster")))
    if program is None:
        pytest.skip("needs a registry that is built with Go within seconds: run pytest with --cluster")
    host = f"127.0.0.1:{free_port()}"
    logs = tmp_path_factory.mktemp(request.param)
    server = Server(request.param, [str(program), *arguments, host], logs, lambda: answers(f"http://{host}/v2/"))
    server.start()
    yield host
    server.stop()


@pytest.fixture
def app(host: str, request: pytest.FixtureRequest) -> Repository:
    return Repository(host, f"makes/{request.node.originalname.replace('_', '-')}")


@pytest.fixture
def registry() -> Iterator[OciImageRegistry]:
    client = OciImageRegistry()
    yield client
    client.close()


@pytest.mark.parametrize("count", [1, 1000, 1001])
def test_every_tag_is_read(registry: OciImageRegistry, app: Repository, count: int) -> None:
    repository = Repository(app.registry, f"{app.path}-{count}")
    tags = [f"1.0.{number}" for number in range(count)]
    push(repository.registry, repository.path, tags[0])
    tag_again(repository.registry, repository.path, tags[0], *tags[1:])
    assert registry.tags(repository) == tuple(sorted(tags))


def test_digests_platforms_and_contents_are_those_that_were_pushed(registry: OciImageRegistry, app: Repository) -> None:
    manifests = {each: push(app.registry, app.path, each) for each in ("amd64", "arm64")}
    index = push_platforms(app.registry, app.path, "1.0.0", manifests)
    assert registry.digest(app, "1.0.0") == index
    assert registry.digest(app, "amd64") == manifests["amd64"]
    assert registry.platforms(app, index) == {Platform.of("linux", each) for each in manifests}
    assert registry.contents(app, index) == set(manifests.values())
    assert len(registry.contents(app, index, configs=True)) > len(manifests)


def test_a_missing_repository_is_not_found_or_empty(registry: OciImageRegistry, host: str) -> None:
    # olareg's knows every repository.
    with suppress(RepositoryNotFound):
        assert registry.tags(Repository(host, "makes/absent")) == ()


def test_a_missing_image_is_not_found(registry: OciImageRegistry, app: Repository) -> None:
    push(app.registry, app.path, "1.0.0")
    for tag in ("1.0.1", "absent"):
        with pytest.raises(RepositoryNotFound, match=r"404 \(MANIFEST_UNKNOWN\)"):
            registry.digest(app, tag)
    with pytest.raises(RepositoryNotFound):
        registry.platforms(app, f"sha256:{'a' * 64}")
