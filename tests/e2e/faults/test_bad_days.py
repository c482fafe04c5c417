"""Days on which the API server, the store behind it, the network, the clock or the disk fail the real process."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, Final

import pytest

from tests.cluster.control_plane import ControlPlane
from tests.cluster.gate import Gate
from tests.cluster.processes import free_port, wait_until
from tests.e2e.conftest import Team
from tests.e2e.process import PATIENCE_SECONDS, WatchCluster

MINUTE: Final = 60.0


@pytest.fixture
def started(team: Team, gate: Gate, tmp_path: Path) -> WatchCluster:
    """A process behind the gate that leads, with a workload that is up to date."""
    team.push("1.0.0")
    team.deploy("shop", team.image("1.0.0"))
    kubeconfig = gate.kubeconfig(team.cluster.kubeconfig, tmp_path)
    return team.start(KUBECONFIG=str(kubeconfig), LOG_LEVEL="info", HEALTH_PORT=str(free_port())).leads()


def lasts(seconds: float) -> None:
    """Let the trouble last."""
    end = time.monotonic() + seconds
    wait_until(lambda: time.monotonic() >= end, "time goes by", seconds + 5)


def complaints(process: WatchCluster) -> list[str]:
    return [json.dumps(line) for line in process.lines() if line["level"] not in {"info", "debug"}]


@pytest.mark.parametrize(
    ("status", "reason", "retry_after"),
    [(429, "TooManyRequests", 1), (500, "InternalError", None)],
    ids=["429", "500"],
)
def test_waits_for_an_api_server_that_refuses_everything_for_a_minute(
    team: Team, gate: Gate, started: WatchCluster, status: int, reason: str, retry_after: int | None
) -> None:
    with gate.refusing(status, reason, retry_after):
        gate.hang_up()
        team.push("1.0.1")
        lasts(MINUTE)
        assert started.probe("healthz") == (200, "ok")
        told = complaints(started)
        assert any(f"{status} {reason}" in line for line in told)
        assert len(told) <= 5, told
        assert team.runs("shop") == team.image("1.0.0")
    team.ends("shop", "done")
    assert team.runs("shop") == team.image("1.0.1")


def test_waits_for_an_api_server_that_takes_ten_seconds_for_each_response(
    team: Team, gate: Gate, started: WatchCluster
) -> None:
    gate.delay = 10.0
    team.push("1.0.1")
    lasts(MINUTE)
    assert started.probe("healthz") == (200, "ok")
    assert 1 <= len(complaints(started)) <= 6, complaints(started)
    gate.delay = 0.0
    team.ends("shop", "done")
    team.wait_for_event("shop", "ImageUpdated")


def test_a_store_that_is_out_is_waited_for(team: Team, plane: ControlPlane, gate: Gate, started: WatchCluster) -> None:
    plane.etcd_server.pause()
    try:
        team.push("1.0.1")
        lasts(MINUTE / 2)
        assert started.probe("healthz") == (200, "ok")
        assert complaints(started)
    finally:
        plane.etcd_server.resume()
    team.ends("shop", "done")
    assert len(gate.writes) > 0
    team.wait_for_event("shop", "ImageUpdated")


@pytest.mark.timeout(400)
def test_a_watch_that_is_dead_without_being_closed_is_noticed(team: Team, gate: Gate, started: WatchCluster) -> None:
    team.push("1.0.1")
    team.ends("shop", "done")
    with gate.dead_watches():
        team.push("1.0.0", repository="cart")
        team.push("1.0.1", repository="cart")
        team.deploy("cart", team.image("1.0.0", "cart"))
        wait_until(
            lambda: team.runs("cart") == team.image("1.0.1", "cart"), "what is new is seen by a new watch", 3 * MINUTE
        )
    assert started.said("their watch has been silent")
    team.ends("cart", "done")


def test_a_disk_for_logs_that_is_full_stops_nothing(team: Team) -> None:
    for tag in ("1.0.0", "1.0.1"):
        team.push(tag)
    team.deploy("shop", team.image("1.0.0"))
    process = WatchCluster(Path("/dev/full"), team.environment)
    try:
        team.ends("shop", "done")
        assert process.alive
    finally:
        process.stop()
    team.wait_for_event("shop", "ImageUpdated")


@pytest.mark.parametrize("hours", [1, -1], ids=["forward", "back"])
def test_a_clock_that_is_set_by_an_hour_in_mid_rollout_fails_no_rollout_and_delays_no_check(
    team: Team, tmp_path: Path, hours: int
) -> None:
    for tag, behavior in (("1.0.0", "good"), ("1.0.1", "slow")):
        team.push(tag, behavior)
    team.deploy("shop", team.image("1.0.0"), rollout_timeout="60s")
    offset = tmp_path / "offset"
    process = team.start(program="tests.e2e.faults.with_clock", WATCH_CLUSTER_TEST_CLOCK=str(offset))
    team.comes_to_run("shop", team.image("1.0.1"))
    offset.write_text(str(hours * 3600))

    team.ends("shop", "done")
    team.push("1.0.2")
    team.comes_to_run("shop", team.image("1.0.2"))
    team.ends("shop", "done")
    wait_until(lambda: process.said("the system clock was set"), "it logs that the clock was set", PATIENCE_SECONDS)


@contextmanager
def forbidding(team: Team, rule: str, message: str) -> Iterator[None]:
    """Have an admission policy say no to changes of Deployments in the team's namespace that break the rule."""
    name = f"{team.namespace}-policy"
    kind = {"apiVersion": "admissionregistration.k8s.io/v1"}
    match = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": team.namespace}}}
    rules = [{"apiGroups": ["apps"], "apiVersions": ["v1"], "operations": ["UPDATE"], "resources": ["deployments"]}]
    policy = {
        "failurePolicy": "Fail",
        "matchConstraints": {"resourceRules": rules},
        "validations": [{"expression": rule, "message": message}],
    }
    binding = {"policyName": name, "validationActions": ["Deny"], "matchResources": match}
    documents: list[dict[str, Any]] = [
        kind | {"kind": "ValidatingAdmissionPolicy", "metadata": {"name": name}, "spec": policy},
        kind | {"kind": "ValidatingAdmissionPolicyBinding", "metadata": {"name": name}, "spec": binding},
    ]
    team.cluster.kubectl.apply(*documents)
    try:
        yield
    finally:
        for plural in ("validatingadmissionpolicybindings", "validatingadmissionpolicies"):
            team.cluster.kubectl("delete", plural, name)


@contextmanager
def calling_a_dead_webhook(team: Team) -> Iterator[None]:
    """Have the API server ask a webhook about every change of a Deployment of the team, where nobody answers."""
    name = f"{team.namespace}-webhook"
    webhook = {
        "name": "dead.watch-cluster.example",
        "clientConfig": {"url": f"https://127.0.0.1:{free_port()}/"},
        "rules": [
            {"apiGroups": ["apps"], "apiVersions": ["v1"], "operations": ["UPDATE"], "resources": ["deployments"]}
        ],
        "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": team.namespace}},
        "failurePolicy": "Fail",
        "sideEffects": "None",
        "admissionReviewVersions": ["v1"],
        "timeoutSeconds": 2,
    }
    document = {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingWebhookConfiguration",
        "metadata": {"name": name},
        "webhooks": [webhook],
    }
    team.cluster.kubectl.apply(document)
    try:
        yield
    finally:
        team.cluster.kubectl("delete", "validatingwebhookconfigurations", name)


RULE: Final = "object.spec.template.spec.containers.all(each, !each.image.endsWith(':1.0.1'))"


@pytest.mark.parametrize(
    ("problem", "words"),
    [
        pytest.param(
            lambda team: forbidding(team, RULE, "1.0.1 is not approved"), "1.0.1 is not approved", id="says no"
        ),
        pytest.param(calling_a_dead_webhook, "failed calling webhook", id="is dead"),
    ],
)
def test_a_rejecting_admission_webhook_is_reported_and_holds_up_no_other_workload(
    team: Team, problem: Callable[[Team], AbstractContextManager[None]], words: str
) -> None:
    team.push("1.0.0")
    team.deploy("shop", team.image("1.0.0"))
    with problem(team):
        process = team.start().leads()
        team.push("1.0.1")
        wait_until(
            lambda: any(words in json.dumps(line) for line in process.lines()),
            f"it logs {words!r}",
            PATIENCE_SECONDS,
        )
        assert team.runs("shop") == team.image("1.0.0")
    team.ends("shop", "done")
    assert team.runs("shop") == team.image("1.0.1")
