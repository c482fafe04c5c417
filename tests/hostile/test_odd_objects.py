"""Objects that the API server takes from a tenant and that nobody expected: they hide nothing of anybody else's."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cluster.processes import free_port, wait_until
from tests.e2e.conftest import Team
from tests.e2e.process import PATIENCE_SECONDS, WatchCluster
from tests.hostile.tenant import Tenant, a_deployment


def begin(team: Team) -> None:
    team.push("1.0.0")
    team.deploy("shop", team.image("1.0.0"))


def is_updated(team: Team, process: WatchCluster) -> None:
    team.push("1.0.1")
    team.comes_to_run("shop", team.image("1.0.1"))
    team.ends("shop", "done")
    assert process.probe("readyz")[0] == 200
    assert [line for line in process.lines() if "cannot watch" in line["event"]] == []


def managed(time: str) -> dict[str, Any]:
    fields: dict[str, Any] = {"f:metadata": {"f:labels": {"f:odd": {}}}}
    entry = {"manager": "odd", "operation": "Update", "apiVersion": "apps/v1", "time": time}
    return {"metadata": {"managedFields": [{**entry, "fieldsType": "FieldsV1", "fieldsV1": fields}]}}


@pytest.mark.parametrize(
    ("time", "shown"),
    [
        pytest.param("0000-01-01T00:00:00Z", "0000-01-01T00:00:00Z", id="before the first year"),
        pytest.param("9999-12-31T23:59:59-12:00", "10000-01-01T11:59:59Z", id="after the last year"),
    ],
)
@pytest.mark.parametrize("watched", [True, False], ids=["opted in", "not opted in"])
def test_a_time_of_no_year_hides_nothing(team: Team, tenant: Tenant, time: str, shown: str, *, watched: bool) -> None:
    tenant.create(a_deployment("odd-before", watched=watched))
    assert shown in tenant.patch("deployments/odd-before", managed(time)).text, "the API server takes it"
    begin(team)
    process = team.start(HEALTH_PORT=str(free_port())).leads()

    tenant.create(a_deployment("odd-while", watched=watched))
    assert shown in tenant.patch("deployments/odd-while", managed(time)).text

    is_updated(team, process)


def test_fields_that_are_nested_without_end_hide_nothing(team: Team, tenant: Tenant) -> None:
    depth = 3000
    deep = b'{"f:a":' * depth + b"{}" + b"}" * depth
    begin(team)
    process = team.start(HEALTH_PORT=str(free_port())).leads()
    tenant.create(a_deployment("odd", watched=True))

    body = b'{"metadata":{"managedFields":[{"manager":"odd","operation":"Update","apiVersion":"apps/v1",'
    body += b'"time":"2026-01-01T00:00:00Z","fieldsType":"FieldsV1","fieldsV1":' + deep + b"}]}}"
    answer = tenant.patch("deployments/odd", body)
    assert answer.text.count("f:a") == depth, f"the API server takes it: {answer.status_code} {answer.text[:200]}"

    is_updated(team, process)


def test_skips_oversized_annotations_and_notifies_the_owner(team: Team, tenant: Tenant) -> None:
    odd = a_deployment("odd", watched=True)
    odd["metadata"]["annotations"]["watch-cluster.io/window"] = "x" * 200_000
    tenant.create(odd)
    begin(team)
    process = team.start(HEALTH_PORT=str(free_port())).leads()

    is_updated(team, process)

    events = f"/api/v1/namespaces/{tenant.namespace}/events"
    wait_until(lambda: bool(team.cluster.read(events)["items"]), "its owner is told", PATIENCE_SECONDS)
    told = team.cluster.read(events)["items"]
    assert [(each["reason"], each["type"]) for each in told] == [("InvalidConfiguration", "Warning")]
    assert "at most 65536 are read: shorten them" in told[0]["message"]
    left_out = [line for line in process.lines() if "left out one of the deployments" in line["event"]]
    assert [(each["namespace"], each["name"]) for each in left_out] == [(tenant.namespace, "odd")]


def test_pods_of_odd_shapes_hide_nothing(team: Team, tenant: Tenant) -> None:
    odd = {
        "kind": "Pod",
        "metadata": {
            "name": "odd",
            "labels": {"pod-template-hash": "abc", "controller-revision-hash": ""},
            "ownerReferences": [
                {"apiVersion": "odd/v1", "kind": "ReplicaSet", "name": "odd-abc", "uid": "u", "controller": True}
            ],
        },
        "spec": {
            "schedulingGates": [{"name": "example.com/never"}],
            "containers": [{"name": f"c{number}", "image": f"x:{'1' * 100}"} for number in range(1500)],
        },
    }
    tenant.create(a_deployment("odd", watched=True))
    tenant.create(odd)
    begin(team)
    process = team.start(HEALTH_PORT=str(free_port())).leads()

    is_updated(team, process)

    assert [line["name"] for line in process.lines() if "left out one of the pods" in line["event"]] == ["odd"]
