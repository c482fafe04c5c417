"""The examples in the documents about channels and hooks work as they are pasted."""

from __future__ import annotations

import hashlib
import hmac
import itertools
import json
import re
import shlex
from pathlib import Path
from typing import Final

import pytest
import yaml

from watch_cluster.adapters.hooks.proofs import HookRequest
from watch_cluster.adapters.hooks.sources import SOURCES
from watch_cluster.adapters.notifications.channels.specs import read_channels

DOCS: Final = Path(__file__).parents[2] / "docs"
SECRET: Final = "SECRET"
NOTIFICATIONS: Final = (DOCS / "notifications.md").read_text()
HOOKS: Final = (DOCS / "hooks.md").read_text()
BODY: Final = b'{"repository": "registry.example/team/app"}'


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.DOTALL | re.MULTILINE)


CHANNELS: Final = [each for each in blocks(NOTIFICATIONS, "yaml") if each.startswith("channels:")]


@pytest.mark.parametrize("example", CHANNELS, ids=lambda example: "-".join(re.findall(r"\w+", example)[2:4]))
def test_each_example_of_a_channel_is_a_valid_file(tmp_path: Path, example: str) -> None:
    path = tmp_path / "channels.yaml"
    path.write_text(example)
    assert read_channels(path)


@pytest.mark.parametrize("kind", ["slack", "teams", "discord", "telegram", "ntfy", "email", "apprise", "digest"])
def test_each_kind_of_channel_has_an_example(kind: str) -> None:
    assert any(re.search(rf"^    {kind}:", example, re.MULTILINE) for example in CHANNELS)


def section(source: str) -> str:
    """The section with the example of a source."""
    [found] = [each for each in re.split(r"^### ", HOOKS, flags=re.MULTILINE)[1:] if f"/hooks/{source}" in each]
    return found


def request_of(source: str, example: str) -> HookRequest:
    """What the sender sends after it was set up as in the example."""
    token = re.search(rf"/hooks/{source}\?token=(\w+)", example)
    if token is not None:
        return HookRequest(source, {}, BODY, token[1])
    bearer = re.search(r"Authorization\W+(Bearer \w+)|ApiKeyValue: (Bearer \w+)|\"auth_header\": \"(\w+)\"", example)
    if bearer is not None:
        return HookRequest(source, {"authorization": next(filter(None, bearer.groups()))}, BODY)
    secret = re.search(r"config\[secret\]=(\w+)|\"secret\": \"(\w+)\"", example)
    assert secret is not None, f"the example of {source} has no secret"
    return signed(source, next(filter(None, secret.groups())))


def signed(source: str, secret: str) -> HookRequest:
    digest = hmac.new(secret.encode(), BODY, hashlib.sha256).hexdigest()
    headers = {"ghcr": ("x-hub-signature-256", f"sha256={digest}"), "gitea": ("x-gitea-signature", digest)}
    name, value = headers.get(source, ("x-jfrog-event-auth", secret))
    return HookRequest(source, {name: value}, BODY)


@pytest.mark.parametrize("source", sorted(SOURCES))
def test_a_sender_that_is_set_up_as_in_its_example_is_genuine(source: str) -> None:
    request = request_of(source, section(source))
    assert SOURCES[source].proof(request, SECRET)
    assert not SOURCES[source].proof(request, "another secret")


@pytest.mark.parametrize("source", sorted(SOURCES))
def test_the_json_and_yaml_of_each_example_can_be_read(source: str) -> None:
    example = section(source)
    for block in blocks(example, "yaml"):
        if "!GetAtt" not in block:
            assert yaml.safe_load(block)
    for block in blocks(example, "sh"):
        words = shlex.split(block.replace("\\\n", " "))
        bodies = [after for before, after in itertools.pairwise(words) if before == "-d" and "{" in after]
        assert all(json.loads(body) for body in bodies)


def test_the_example_for_scripts_names_a_repository() -> None:
    [command] = blocks(section("generic"), "sh")
    words = shlex.split(command.replace("\\\n", " "))
    [pushed] = SOURCES["generic"].read(words[words.index("-d") + 1].encode())
    assert str(pushed) == "registry.example/team/app"
