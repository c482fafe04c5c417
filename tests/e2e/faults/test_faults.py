"""What breaks around the real process, and what people see of it."""

from __future__ import annotations

import pytest

from tests.cluster.control_plane import ControlPlane
from tests.cluster.processes import free_port, wait_until
from tests.e2e.conftest import Team
from tests.e2e.process import PATIENCE_SECONDS
from tests.servers.registry import RegistryServer, Reply, error_reply
from tests.servers.webhook_receiver import Answer, WebhookReceiver


def test_a_standby_process_continues_the_rollout_of_a_killed_one(team: Team) -> None:
    for tag, behavior in (("1.0.0", "good"), ("1.0.1", "slow")):
        team.push(tag, behavior)
    team.deploy("shop", team.image("1.0.0"))
    first = team.start().leads()
    team.start()
    team.comes_to_run("shop", team.image("1.0.1"))

    first.kill()
    assert team.rollout("shop")["state"] == "running"

    team.ends("shop", "done")
    team.wait_for_event("shop", "ImageUpdated")
    team.push("1.0.2")
    team.comes_to_run("shop", team.image("1.0.2"))


def test_an_api_server_that_goes_away_in_mid_rollout_is_waited_for(team: Team, plane: ControlPlane) -> None:
    for tag, behavior in (("1.0.0", "good"), ("1.0.1", "slow")):
        team.push(tag, behavior)
    team.deploy("shop", team.image("1.0.0"))
    process = team.start().leads()
    team.comes_to_run("shop", team.image("1.0.1"))

    plane.api_server.stop()
    try:
        wait_until(lambda: process.said("cannot watch"), "the process notices", PATIENCE_SECONDS)
    finally:
        plane.api_server.start()

    team.ends("shop", "done")
    team.wait_for_event("shop", "ImageUpdated")


HTML = Reply(200, b"<html><title>Sign in</title></html>", (("Content-Type", "text/html"),))


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        pytest.param(error_reply(500, "UNKNOWN"), "500", id="500"),
        pytest.param(error_reply(404, "NAME_UNKNOWN"), "no such repository", id="404"),
        pytest.param(error_reply(401, "UNAUTHORIZED"), "401", id="401"),
        pytest.param(HTML, "text/html", id="HTML"),
        pytest.param(Reply(200, b"{", drip=True), "2 s", id="slow"),
        pytest.param(None, "refused", id="down"),
    ],
)
def test_a_failing_registry_is_reported_once_and_stops_no_other_workload(
    team: Team, reply: Reply | None, words: str
) -> None:
    for tag in ("1.0.0", "1.0.1"):
        team.push(tag)
    with RegistryServer() as registry:
        if reply is not None:
            registry.on_tags(reply)
        host = registry.host if reply is not None else f"127.0.0.1:{free_port()}"
        team.deploy("unlucky", f"{host}/app:1.0.0")
        team.start(REGISTRY_TIMEOUT="2000")
        team.deploy("shop", team.image("1.0.0"))

        team.ends("shop", "done")
        team.wait_for_event("unlucky", "RegistryError")
        asked = len(registry.seen)
        if reply is not None:
            wait_until(lambda: len(registry.seen) > asked + 1, "it is asked again", PATIENCE_SECONDS)

        message = team.wait_for_event("unlucky", "RegistryError")
        assert words in message
        assert f"{host}/app" in message
        assert team.runs("unlucky") == f"{host}/app:1.0.0"
        assert set(team.annotations("unlucky")) == {"enabled", "cron", "soak"}


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        pytest.param(error_reply(500, "UNKNOWN"), "500", id="500"),
        pytest.param(error_reply(404, "MANIFEST_UNKNOWN"), "no such image", id="404"),
        pytest.param(error_reply(401, "UNAUTHORIZED"), "401", id="401"),
        pytest.param(HTML, "text/html", id="HTML"),
        pytest.param(None, "refused", id="down"),
    ],
)
def test_a_registry_without_digests_is_reported_once_and_stops_no_other_workload(
    team: Team, reply: Reply | None, words: str
) -> None:
    for tag in ("1.0.0", "1.0.1"):
        team.push(tag)
    pin = f"sha256:{'0' * 64}"
    with RegistryServer() as registry:
        if reply is not None:
            registry.on("/v2/app/manifests/edge", reply)
        host = registry.host if reply is not None else f"127.0.0.1:{free_port()}"
        team.deploy("unlucky", f"{host}/app:edge@{pin}", strategy="latest")
        team.start()
        team.deploy("shop", team.image("1.0.0"))

        team.ends("shop", "done")
        assert words in team.wait_for_event("unlucky", "RegistryError")
        assert team.runs("unlucky") == f"{host}/app:edge@{pin}"


@pytest.mark.parametrize(("answer", "end"), [("silence", "stop"), ("500", "stop"), ("nobody", "kill")])
def test_a_receiver_of_webhooks_that_fails_delays_no_update_and_loses_no_end(team: Team, answer: str, end: str) -> None:
    for tag in ("1.0.0", "1.0.1"):
        team.push(tag)
    team.deploy("shop", team.image("1.0.0"))
    enabled = {"WEBHOOK_ENABLE_IMAGE_ROLLOUT_COMPLETED": "true", "WEBHOOK_RETRY_COUNT": "0", "WEBHOOK_TIMEOUT": "1000"}
    with WebhookReceiver([Answer(500)] * 100) as receiver:
        if answer == "silence":
            receiver.open.clear()
        url = receiver.url if answer != "nobody" else f"http://127.0.0.1:{free_port()}/"
        first = team.start(WEBHOOK_URL=url, **enabled)
        team.ends("shop", "done")
        wait_until(lambda: first.said("webhook delivery failed"), "the attempt fails", PATIENCE_SECONDS)
        first.kill() if end == "kill" else first.stop()

    assert team.rollout("shop")["unreported"]
    with WebhookReceiver() as receiver:
        team.start(WEBHOOK_URL=receiver.url, **enabled)
        wait_until(lambda: receiver.received != [], "the end is reported by the next process", PATIENCE_SECONDS)
        wait_until(lambda: "unreported" not in team.rollout("shop"), "the record is struck off", PATIENCE_SECONDS)
    [received] = receiver.received
    assert b'"IMAGE_ROLLOUT_COMPLETED"' in received.body


def test_bad_input_is_reported_once_each_and_stops_no_other_workload(team: Team) -> None:
    for tag in ("1.0.0", "1.0.1", "stable"):
        team.push(tag)
    bad = {
        "strategy": (team.image("1.0.0"), {"strategy": "newest"}, "InvalidConfiguration", "'newest'"),
        "cron": (team.image("1.0.0"), {"cron": "every night"}, "InvalidConfiguration", "'every night'"),
        "reference": ("SHOP//:1.0.0", {}, "InvalidConfiguration", "'SHOP//:1.0.0'"),
        "tag": (team.image("stable"), {}, "UpdateHeld", "'stable'"),
        "empty": (team.image("1.0.0", "empty"), {}, "RegistryError", "empty"),
    }
    for name, (image, settings, _, _) in bad.items():
        team.deploy(name, image, **settings)
    before = {name: team.annotations(name) for name in bad}
    process = team.start().leads()
    team.deploy("shop", team.image("1.0.0"))
    team.ends("shop", "done")

    for name, (image, _, reason, words) in bad.items():
        assert words in team.wait_for_event(name, reason)
        assert team.runs(name) == image
        assert team.annotations(name) == before[name]
    assert process.stop() == 0


@pytest.mark.parametrize(
    ("environment", "status", "words"),
    [
        pytest.param({"WATCH_NAMESPACES": "Team A"}, 2, "WATCH_NAMESPACES: 'Team A'", id="a bad setting"),
        pytest.param({"KUBECONFIG": "/nowhere"}, 1, "/nowhere", id="no kubeconfig"),
    ],
)
def test_a_process_that_cannot_start_says_why_in_one_line(
    team: Team, environment: dict[str, str], status: int, words: str
) -> None:
    ended = team.run("run", **environment)

    assert ended.returncode == status
    [line] = ended.stderr.splitlines()
    assert words in line
