"""Webhooks of the real process, at a real receiver."""

from __future__ import annotations

import json
import re

from tests.cluster.processes import wait_until
from tests.e2e.conftest import Team
from tests.e2e.process import PATIENCE_SECONDS
from tests.servers.webhook_receiver import WebhookReceiver

EVERYTHING = {
    f"WEBHOOK_ENABLE_{name}": "true"
    for name in (
        "DEPLOYMENT_DETECTED",
        "IMAGE_ROLLOUT_STARTED",
        "IMAGE_ROLLOUT_COMPLETED",
        "IMAGE_ROLLOUT_FAILED",
    )
}


def test_an_update_is_notified_from_its_detection_to_its_end(team: Team) -> None:
    team.push("1.0.0")
    team.deploy("shop", team.image("1.0.0"))
    with WebhookReceiver() as receiver:
        process = team.start(WEBHOOK_URL=receiver.url, WEBHOOK_HEADERS="X-Team=blue, X-Token=a=b", **EVERYTHING).leads()
        detected = receiver.receive()
        team.push("1.0.1")
        started, completed = receiver.receive(), receiver.receive()
        team.ends("shop", "done")
        wait_until(lambda: "unreported" not in team.rollout("shop"), "nothing is owed any more", PATIENCE_SECONDS)
        assert process.stop() == 0

    bodies = [json.loads(each.body) for each in (detected, started, completed)]
    assert [body["eventType"] for body in bodies] == [
        "DEPLOYMENT_DETECTED",
        "IMAGE_ROLLOUT_STARTED",
        "IMAGE_ROLLOUT_COMPLETED",
    ]
    images = [team.image(tag) for tag in ("1.0.0", "1.0.1", "1.0.1")]
    assert [body["deployment"] for body in bodies] == [
        {"namespace": team.namespace, "name": "shop", "image": image} for image in images
    ]
    for body in bodies:
        assert list(body) == ["eventType", "timestamp", "deployment", "details"]
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", body["timestamp"])
    assert list(bodies[2]["details"]) == ["rolloutDuration"]
    assert re.fullmatch(r"\d+ms", bodies[2]["details"]["rolloutDuration"])
    for received in (detected, started, completed):
        assert (received.headers["x-team"], received.headers["x-token"]) == ("blue", "a=b")
        assert received.headers["content-type"] == "application/json"
    assert len({each.headers["x-watch-cluster-delivery"] for each in receiver.received}) == 3


def test_a_failure_is_notified_with_its_reason(team: Team) -> None:
    for tag, behavior in (("1.0.0", "good"), ("1.0.1", "never-ready")):
        team.push(tag, behavior)
    team.deploy("shop", team.image("1.0.0"))
    team.kubectl("patch", "deployment", "shop", "-p", '{"spec":{"progressDeadlineSeconds":3}}')
    with WebhookReceiver() as receiver:
        team.start(WEBHOOK_URL=receiver.url, WEBHOOK_ENABLE_IMAGE_ROLLOUT_FAILED="true")
        wait_until(lambda: receiver.received != [], "the failure is announced", PATIENCE_SECONDS)

    [received] = receiver.received
    body = json.loads(received.body)
    assert body["eventType"] == "IMAGE_ROLLOUT_FAILED"
    assert "progress deadline" in body["details"]["reason"]


def test_sends_nothing_unless_enabled(team: Team) -> None:
    for tag in ("1.0.0", "1.0.1"):
        team.push(tag)
    team.deploy("shop", team.image("1.0.0"))
    with WebhookReceiver() as receiver:
        team.start(WEBHOOK_URL=receiver.url)
        team.ends("shop", "done")
    assert receiver.received == []


def test_an_update_that_waits_for_a_person_is_notified(team: Team) -> None:
    team.push("1.0.0")
    team.push("1.0.1")
    team.deploy("asks", team.image("1.0.0"), approval="required")
    team.deploy("wrong", team.image("1.0.0"), strategy="nonsense")
    enabled = {f"WEBHOOK_ENABLE_{name}": "true" for name in ("APPROVAL_NEEDED", "CONFIGURATION_INVALID")}
    with WebhookReceiver() as receiver:
        team.start(WEBHOOK_URL=receiver.url, **enabled).leads()
        bodies = {body["eventType"]: body for body in (json.loads(receiver.receive().body) for _ in range(2))}

    assert set(bodies) == {"APPROVAL_NEEDED", "CONFIGURATION_INVALID"}
    assert bodies["APPROVAL_NEEDED"]["deployment"]["image"] == team.image("1.0.1")
    assert "waits for watch-cluster.io/approved: 1.0.1" in bodies["APPROVAL_NEEDED"]["details"]["reason"]
    assert "nonsense" in bodies["CONFIGURATION_INVALID"]["details"]["reason"]
