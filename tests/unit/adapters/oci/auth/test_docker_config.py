from __future__ import annotations

import base64
import json
import os
import traceback
from pathlib import Path

import pytest

from tests.unit.domain.workloads import a_workload
from watch_cluster.adapters.oci.auth.docker_config import DockerConfigCredentials, NoCredentials
from watch_cluster.application.ports.registry.pull_credentials import PullCredentials, PullCredentialsUnreadable
from watch_cluster.domain.images.credential import Credential
from watch_cluster.domain.images.reference import ImageReference

SECRET = "hunter2"
SHOP = a_workload("ghcr.io/a")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "config.json"


def auth(text: str) -> dict[str, str]:
    return {"auth": base64.b64encode(text.encode()).decode()}


def candidates(path: Path, image: str) -> tuple[Credential, ...]:
    credentials: PullCredentials = DockerConfigCredentials(path)
    return credentials.candidates(SHOP, ImageReference.parse(image).repository)


@pytest.mark.parametrize(
    ("key", "image", "opens"),
    [
        pytest.param("ghcr.io", "ghcr.io/a/b", True, id="the host"),
        pytest.param("https://ghcr.io", "ghcr.io/a/b", True, id="a scheme"),
        pytest.param("ghcr.io/a", "ghcr.io/a/b", True, id="the start of the path"),
        pytest.param("https://index.docker.io/v1/", "nginx", True, id="Docker Hub's own key"),
        pytest.param("docker.io", "nginx", True, id="Docker Hub by its name"),
        pytest.param("ghcr.io", "quay.io/a/b", False, id="another host"),
    ],
)
def test_a_key_opens_what_it_names_and_nothing_else(path: Path, key: str, image: str, opens: bool) -> None:
    path.write_text(json.dumps({"auths": {key: auth("robot:pw")}}))
    assert candidates(path, image) == ((Credential("robot", "pw"),) if opens else ())


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        pytest.param(auth("robot:pw"), Credential("robot", "pw"), id="auth"),
        pytest.param(auth("robot:pw:with:colons"), Credential("robot", "pw:with:colons"), id="colons"),
        pytest.param(auth("zoë:pä"), Credential("zoë", "pä"), id="beyond ASCII"),
        pytest.param(auth("robot:pw\0"), Credential("robot", "pw"), id="padding of old clients"),
        pytest.param({"username": "robot", "password": "pw"}, Credential("robot", "pw"), id="plain"),
        pytest.param({**auth("a:b"), "username": "c", "password": "d"}, Credential("a", "b"), id="both, auth wins"),
        pytest.param({"auth": "", "username": "c", "password": "d"}, Credential("c", "d"), id="an empty auth"),
        pytest.param({}, None, id="an entry that a credential store left"),
        pytest.param({**auth("000:"), "identitytoken": "x"}, Credential("000", "", "x"), id="an identity token"),
    ],
)
def test_an_entry_gives_its_credential(path: Path, entry: object, expected: Credential | None) -> None:
    path.write_text(json.dumps({"auths": {"ghcr.io": entry}, "credsStore": "x"}))
    assert candidates(path, "ghcr.io/a") == (() if expected is None else (expected,))


def test_the_most_specific_comes_first_and_nothing_twice(path: Path) -> None:
    path.write_text(
        json.dumps(
            {
                "auths": {
                    "ghcr.io": auth("all:1"),
                    "https://ghcr.io/v2/": auth("all:1"),
                    "ghcr.io/a/b": auth("deep:2"),
                    "ghcr.io/a": auth("team:3"),
                }
            }
        )
    )
    assert [found.username for found in candidates(path, "ghcr.io/a/b/c")] == ["deep", "team", "all"]


@pytest.mark.parametrize("content", ["{}", '{"auths": {}}'])
def test_a_file_without_entries_leaves_all_anonymous(path: Path, content: str) -> None:
    path.write_text(content)
    assert candidates(path, "nginx") == ()


def test_a_changed_file_is_read_again_and_an_unchanged_one_is_not(path: Path) -> None:
    def write(text: str, time: int) -> None:
        path.write_text(json.dumps({"auths": {"ghcr.io": auth(text)}}))
        os.utime(path, ns=(time, time))

    credentials = DockerConfigCredentials(path)
    repository = ImageReference.parse("ghcr.io/a").repository
    write("robot:1", 1)
    assert credentials.candidates(SHOP, repository) == (Credential("robot", "1"),)
    write("robot:2", 1)
    assert credentials.candidates(SHOP, repository) == (Credential("robot", "1"),)
    write("robot:3", 2)
    assert credentials.candidates(SHOP, repository) == (Credential("robot", "3"),)


def test_a_broken_file_is_reported_until_it_is_fixed(path: Path) -> None:
    credentials = DockerConfigCredentials(path)
    repository = ImageReference.parse("ghcr.io/a").repository
    for _ in range(2):
        path.write_text("{")
        with pytest.raises(PullCredentialsUnreadable):
            credentials.candidates(SHOP, repository)
    path.write_text(json.dumps({"auths": {"ghcr.io": auth("robot:1")}}))
    assert credentials.candidates(SHOP, repository) == (Credential("robot", "1"),)


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        pytest.param(SECRET, "is not a Docker config.json", id="not JSON"),
        pytest.param(f'["{SECRET}"]', "is not a Docker config.json", id="a list"),
        pytest.param(f'{{"auths": "{SECRET}"}}', "has no entries", id="text for entries"),
        pytest.param(f'{{"auths": {{"r.io": "{SECRET}"}}}}', "entry 1 is not", id="text for an entry"),
        pytest.param(f'{{"auths": {{"r.io": {{"auth": "{SECRET}!"}}}}}}', "entry 1 .* not base64", id="no base64"),
        pytest.param('{"auths": {"r.io": {"auth": "/////w=="}}}', "entry 1 .* not base64", id="no UTF-8"),
        pytest.param(json.dumps({"auths": {"r.io": auth(SECRET)}}), "is not USER:PASSWORD", id="no colon"),
        pytest.param(" " * 1_100_000, "is larger than", id="too large"),
    ],
)
def test_a_broken_file_is_one_error_in_one_line_without_its_contents(path: Path, content: str, complaint: str) -> None:
    path.write_text(content)
    with pytest.raises(PullCredentialsUnreadable, match=complaint) as caught:
        candidates(path, "r.io/a")
    message = str(caught.value)
    assert repr(str(path)) in message
    assert message.splitlines() == [message]
    assert SECRET not in "".join(traceback.format_exception(caught.value))
    assert SECRET not in message
    assert auth(SECRET)["auth"] not in message


def test_names_a_missing_file(path: Path) -> None:
    with pytest.raises(PullCredentialsUnreadable, match="No such file"):
        candidates(path, "nginx")


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(PullCredentialsUnreadable, match="Is a directory"):
        candidates(tmp_path, "nginx")


def test_without_a_file_all_is_anonymous() -> None:
    credentials: PullCredentials = NoCredentials()
    assert credentials.candidates(SHOP, ImageReference.parse("nginx").repository) == ()
