"""Images that a client of others has pushed to a private registry, described as that client describes them."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster.cluster import Cluster
from tests.cluster.registry.layout import write_layout
from tests.cluster.registry.private_registry import PrivateRegistry, by_htpasswd
from watch_cluster.adapters.oci.registry import OciImageRegistry
from watch_cluster.domain.images.credential import Credential
from watch_cluster.domain.images.reference import Repository

ALICE = Credential("alice", "alices-password")
ARCHITECTURES = ("amd64", "arm64", "s390x")


class Skopeo:
    """The command, logged in as Alice."""

    def __init__(self, command: str) -> None:
        self._command = command
        self._login = f"{ALICE.username}:{ALICE.password}"

    def push(self, layout: Path, tag: str, image: str, *options: str) -> None:
        target = ("--dest-tls-verify=false", "--dest-creds", self._login, f"oci:{layout}:{tag}", f"docker://{image}")
        self._run("copy", *options, *target)

    def digest(self, image: str) -> str:
        return self._inspect("--format", "{{.Digest}}", image).strip()

    def tags(self, image: str) -> tuple[str, ...]:
        return tuple(json.loads(self._inspect(image))["RepoTags"])

    def manifests(self, image: str) -> set[str]:
        return {each["digest"] for each in json.loads(self._inspect("--raw", image))["manifests"]}

    def _inspect(self, *arguments: str) -> str:
        *options, image = arguments
        return self._run("inspect", "--tls-verify=false", "--creds", self._login, *options, f"docker://{image}")

    def _run(self, *arguments: str) -> str:
        command = [self._command, "--insecure-policy", "--override-arch", "amd64", "--override-os", "linux", *arguments]
        ended = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
        assert ended.returncode == 0, ended.stderr
        return ended.stdout


@pytest.fixture(scope="module")
def skopeo() -> Skopeo:
    command = shutil.which("skopeo")
    if command is None:
        pytest.skip("needs the command skopeo: install the package of that name")
    return Skopeo(command)


@pytest.fixture(scope="module")
def private(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrivateRegistry]:
    assert cluster.control_plane is not None
    folder = tmp_path_factory.mktemp("htpasswd")
    with PrivateRegistry(cluster.control_plane, folder, by_htpasswd(folder)) as running:
        yield running


@pytest.fixture
def shop(private: PrivateRegistry, namespace: str) -> Repository:
    return Repository(private.host, f"{namespace}/shop")


@pytest.fixture
def registry() -> Iterator[OciImageRegistry]:
    client = OciImageRegistry()
    yield client
    client.close()


@pytest.fixture
def layout(tmp_path: Path) -> Path:
    write_layout(tmp_path, "built", *ARCHITECTURES)
    return tmp_path


@pytest.mark.parametrize("form", ["oci", "v2s2"])
def test_agrees_with_skopeo_on_an_image_for_several_platforms(
    skopeo: Skopeo, registry: OciImageRegistry, shop: Repository, layout: Path, form: str
) -> None:
    skopeo.push(layout, "built", f"{shop}:1.0.0", "--all", "--format", form)
    digest = registry.digest(shop, "1.0.0", (ALICE,))
    assert digest == skopeo.digest(f"{shop}:1.0.0")
    contents = registry.contents(shop, digest, (ALICE,))
    assert contents == skopeo.manifests(f"{shop}:1.0.0")
    assert len(contents) == len(ARCHITECTURES)


@pytest.mark.parametrize("form", ["oci", "v2s2"])
def test_agrees_with_skopeo_on_an_image_for_one_platform(
    skopeo: Skopeo, registry: OciImageRegistry, shop: Repository, layout: Path, form: str
) -> None:
    skopeo.push(layout, "built", f"{shop}:1.0.0", "--format", form)
    digest = registry.digest(shop, "1.0.0", (ALICE,))
    assert digest == skopeo.digest(f"{shop}:1.0.0")
    assert registry.contents(shop, digest, (ALICE,)) == frozenset()


def test_the_tags_are_those_that_skopeo_lists(
    skopeo: Skopeo, registry: OciImageRegistry, shop: Repository, layout: Path
) -> None:
    for tag in ("1.0.0", "1.0.1-alpine", "latest"):
        skopeo.push(layout, "built", f"{shop}:{tag}")
    assert registry.tags(shop, (ALICE,)) == tuple(sorted(skopeo.tags(f"{shop}:latest")))
