"""The operator's file of policies, and what is wrong with one."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from tests.signatures.keys import public_key
from watch_cluster.entrypoints.settings.errors import InvalidSettings
from watch_cluster.entrypoints.settings.settings import Settings

KEY = public_key("team").pem.decode()
POLICY = {"name": "team", "images": ["ghcr.io/team/*"], "keys": [KEY]}


def settings(folder: Path, document: object) -> Settings:
    path = folder / "policies.yaml"
    path.write_text(document if isinstance(document, str) else yaml.safe_dump(document))
    return Settings.read({"VERIFY_POLICIES": str(path)})


def test_policies_are_read_with_their_keys(tmp_path: Path) -> None:
    more = {
        "name": "all",
        "images": ["**"],
        "keys": [KEY, KEY],
        "mode": "warn",
        "attestations": ["https://a.example/v1"],
    }
    team, every = settings(tmp_path, {"policies": [POLICY, more]}).verify_policies
    assert (team.name, team.images, team.enforce) == ("team", ("ghcr.io/team/*",), True)
    assert team.keys[0].pem == KEY.encode()
    assert (every.enforce, every.attestations, len(every.keys)) == (False, ("https://a.example/v1",), 2)


def test_without_the_file_there_is_no_policy() -> None:
    assert Settings.read({}).verify_policies == ()


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ("policies: [", "is not YAML"),
        ("[]", "see docs/trust.md"),
        ({"policies": [POLICY | {"mode": "enforced"}]}, "policies.0.mode"),
        ({"policies": [POLICY | {"key": KEY}]}, "policies.0.key"),
        ({"policies": [POLICY | {"keys": []}]}, "policies.0.keys"),
        ({"policies": [POLICY | {"images": []}]}, "policies.0.images"),
        ({"policies": [POLICY | {"keys": ["cosign.pub"]}]}, "key 1 of policy team is not a public key in PEM"),
        (" " * (1024 * 1024 + 1), "has more than 1048576 bytes"),
    ],
)
def test_a_file_that_cannot_be_used_is_one_line(tmp_path: Path, document: object, words: str) -> None:
    with pytest.raises(InvalidSettings) as caught:
        settings(tmp_path, document)
    [line] = str(caught.value).splitlines()
    assert line.startswith("VERIFY_POLICIES: ")
    assert words in line


def test_a_file_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidSettings, match="cannot be read"):
        Settings.read({"VERIFY_POLICIES": str(tmp_path / "absent.yaml")})
