"""Records of odd bytes that the API server takes: no worker dies, and the webhooks of the others are sent."""

from __future__ import annotations

import json
from typing import Any, Final

from tests.cluster.processes import free_port, wait_until
from tests.e2e.conftest import Team
from tests.e2e.process import PATIENCE_SECONDS
from tests.hostile.figures import metric, report, seconds_of_an_update, threads
from tests.hostile.tenant import Tenant, a_deployment
from tests.servers.webhook_receiver import WebhookReceiver

A_DAY: Final = "2030-01-01T00:00:00+00:00"
WEBHOOKS: Final = {
    f"WEBHOOK_ENABLE_IMAGE_{name}": "true"
    for name in ("ROLLOUT_STARTED", "ROLLOUT_COMPLETED", "ROLLOUT_FAILED", "ROLLED_BACK")
}
SOUND: Final[dict[str, Any]] = {
    "id": "forged",
    "start": A_DAY,
    "timeout": 600.0,
    "soak": 30.0,
    "state": "failed",
    "end": A_DAY,
    "message": "it crashed",
    "containers": {"app": {"from": "registry.example/odd:1.0.0", "to": "registry.example/odd:1.0.1"}},
    "unreported": ["failed"],
}
ODD: Final[tuple[dict[str, Any], ...]] = (
    {"id": "é"},
    {"id": "a\r\nX-Injected: 1"},
    {"id": "\ud800"},
    {"message": "\ud800"},
    {"message": "\x00\x1b[31m\u202e"},
    {"message": ["it crashed"]},
    {"unreported": "failed"},
    {"unreported": [["failed"]]},
    {"unreported": ["failed"] * 10_000},
    {"end": None},
    {"end": "9999-12-31T23:59:59-12:00"},
    {"start": "0001-01-01T00:00:00+14:00"},
    {"timeout": True},
    {"timeout": "NaN"},
    {"soak": -1},
    {"containers": {"\ud800": {"from": "a:1", "to": "a:2"}}},
    {"containers": {"app": {"from": "a:1", "to": "a:2", "digest": "\ud800"}}},
    {"failure": {"message": "\ud800", "fault": "image", "containers": ["\ud800"], "at": A_DAY}},
    {"owed": [{"reason": "ImageUpdated", "subject": "\ud800", "message": "\ud800"}]},
    {"repeats": 10**30},
    {"earlier": [{"id": "é"}]},
)


def test_records_of_odd_bytes_cost_no_worker(team: Team, tenant: Tenant) -> None:
    for number, odd in enumerate(ODD):
        name = f"odd-{number}"
        tenant.create(a_deployment(name, watched=True))
        uid = tenant.patch(f"deployments/{name}", {"metadata": {"labels": {"odd": "1"}}}).json()["metadata"]["uid"]
        written = json.dumps(SOUND | {"uid": uid} | odd)
        annotations = {"watch-cluster.io/rollout": written, "watch-cluster.io/first-seen": '{"\\ud800": "9999-12-31"}'}
        assert tenant.patch(f"deployments/{name}", {"metadata": {"annotations": annotations}}).is_success
    team.push("1.0.0")
    team.deploy("shop", team.image("1.0.0"))
    with WebhookReceiver() as receiver:
        process = team.start(HEALTH_PORT=str(free_port()), WEBHOOK_URL=receiver.url, **WEBHOOKS).leads()

        delay = seconds_of_an_update(team)

        def of_the_honest() -> list[str]:
            bodies = [json.loads(each.body) for each in receiver.received]
            return [each["eventType"] for each in bodies if each["deployment"]["namespace"] == team.namespace]

        wait_until(
            lambda: of_the_honest() == ["IMAGE_ROLLOUT_STARTED", "IMAGE_ROLLOUT_COMPLETED"],
            "the webhooks of the honest are sent",
            PATIENCE_SECONDS,
        )
        events = team.cluster.read(f"/api/v1/namespaces/{tenant.namespace}/events")["items"]
        told = {each["involvedObject"]["name"] for each in events if each["reason"] == "InvalidConfiguration"}
        errors = metric(process, "watch_cluster_worker_errors_total")
        report(
            f"{len(ODD)} records of odd bytes",
            delay=f"{delay:.1f} s",
            webhooks=len(receiver.received),
            faults_told=len(told),
            worker_errors=errors,
            threads=threads(process),
        )
        assert errors == 0
        assert process.probe("healthz") == (200, "ok")
        assert [line for line in process.lines() if line["level"] == "error"] == []
        assert len(told) >= len(ODD) - 6, "who can see that something is wrong is told"
