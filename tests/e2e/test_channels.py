"""Channels of the real process: a workload chooses one by name, and its messages arrive whatever happens."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

import yaml

from tests.cluster.processes import wait_until
from tests.e2e.conftest import Team
from tests.e2e.process import PATIENCE_SECONDS
from tests.servers.webhook_receiver import Answer, WebhookReceiver


def channels(folder: Path, receiver: WebhookReceiver, **settings: object) -> str:
    """A file with the channel `team-a`, which leads to the receiver as to Slack."""
    path = folder / "channels.yaml"
    path.write_text(yaml.safe_dump({"channels": {"team-a": {"slack": receiver.url, **settings}}}))
    return str(path)


def texts(receiver: WebhookReceiver) -> list[str]:
    return [json.loads(each.body)["text"] for each in receiver.received]


def test_a_message_goes_to_the_channel_that_the_workload_names(team: Team, tmp_path: Path) -> None:
    team.push("1.0.0")
    team.push("1.0.1")
    team.deploy("told", team.image("1.0.0"), notify="team-a")
    team.deploy("silent", team.image("1.0.0"))
    team.deploy("wrong", team.image("1.0.0"), notify="team-b")
    with WebhookReceiver() as receiver:
        team.start(NOTIFICATIONS=channels(tmp_path, receiver))
        for name in ("told", "silent", "wrong"):
            team.ends(name, "done")
        wait_until(lambda: "unreported" not in team.rollout("told"), "nothing is owed any more", PATIENCE_SECONDS)

        assert texts(receiver) == [
            f"{team.namespace}/Deployment/told was updated to {team.image('1.0.1')}",
        ]
    assert "there is no channel team-b" in team.wait_for_event("wrong", "InvalidConfiguration")


def test_a_message_survives_a_kill_while_its_channel_is_away(team: Team, tmp_path: Path) -> None:
    team.push("1.0.0")
    team.push("1.0.1")
    team.deploy("shop", team.image("1.0.0"), notify="team-a")
    with WebhookReceiver([Answer(503)] * 50) as receiver:
        file = channels(tmp_path, receiver)
        process = team.start(NOTIFICATIONS=file)
        team.ends("shop", "done")
        wait_until(lambda: texts(receiver) != [], "it was tried", PATIENCE_SECONDS)
        process.kill()
        receiver.answers.clear()
        tried = len(receiver.received)

        team.start(NOTIFICATIONS=file)
        wait_until(lambda: "unreported" not in team.rollout("shop"), "nothing is owed any more", PATIENCE_SECONDS)

        assert len(receiver.received) > tried
        assert set(texts(receiver)) == {f"{team.namespace}/Deployment/shop was updated to {team.image('1.0.1')}"}


def test_a_channel_of_another_namespace_is_not_used(team: Team, tmp_path: Path) -> None:
    team.push("1.0.0")
    team.push("1.0.1")
    team.deploy("shop", team.image("1.0.0"), notify="team-a")
    with WebhookReceiver() as receiver:
        team.start(NOTIFICATIONS=channels(tmp_path, receiver, namespaces=["elsewhere"]))
        team.ends("shop", "done")
        assert "there is no channel team-a" in team.wait_for_event("shop", "InvalidConfiguration")
        assert receiver.received == []


EVERY_SECOND: Final = "* * * * * ?"


def test_a_digest_survives_a_kill_while_its_channel_is_away(team: Team, tmp_path: Path) -> None:
    team.push("1.0.0")
    team.deploy("shop", team.image("1.0.0"), notify="team-a")
    with WebhookReceiver([Answer(503)] * 50) as receiver:
        file = channels(tmp_path, receiver, digest=EVERY_SECOND)
        process = team.start(NOTIFICATIONS=file)
        wait_until(lambda: team.digests() != {}, "the time of the first digest is kept", PATIENCE_SECONDS)
        team.push("1.0.1")
        team.ends("shop", "done")
        wait_until(lambda: process.said("digest not delivered"), "it was tried", 2 * PATIENCE_SECONDS)
        process.kill()
        receiver.answers.clear()
        tried = len(receiver.received)

        team.start(NOTIFICATIONS=file)
        wait_until(lambda: len(receiver.received) > tried, "it arrives", 2 * PATIENCE_SECONDS)

        text = texts(receiver)[-1]
        assert text.startswith("1 updated since ")
        assert f"- {team.namespace}/Deployment/shop: {team.image('1.0.0')}" in text
