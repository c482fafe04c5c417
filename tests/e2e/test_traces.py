"""Traces of the real process, at a real receiver."""

from __future__ import annotations

from tests.cluster.processes import wait_until
from tests.e2e.conftest import Team
from tests.e2e.process import PATIENCE_SECONDS
from tests.servers.trace_collector import Collector


def test_an_update_is_one_trace_with_its_registry_and_api_requests(team: Team) -> None:
    team.push("1.0.0")
    team.deploy("shop", team.image("1.0.0"))
    with Collector() as collector:
        process = team.start(OTEL_EXPORTER_OTLP_ENDPOINT=collector.endpoint, OTEL_BSP_SCHEDULE_DELAY="100").leads()
        team.push("1.0.1")
        team.ends("shop", "done")
        wait_until(lambda: any(each.name == "update" for each in collector.spans), "a trace comes", PATIENCE_SECONDS)
        assert process.stop() == 0

    spans = collector.spans
    [update] = [each for each in spans if each.name == "update"]
    [checked] = [each for each in spans if each.name == "check"]
    assert {each.trace for each in spans} == {update.trace}
    assert update.attributes["watch_cluster.rollout"] == team.rollout("shop")["id"]
    assert update.attributes["k8s.deployment.name"] == "shop"
    assert update.began <= checked.began
    assert not any(each.failed for each in spans)

    of_check = [each for each in spans if each.parent == checked.id]
    tags = f"/v2/{team.namespace}/shop/tags/list"
    deployment = f"/apis/apps/v1/namespaces/{team.namespace}/deployments/shop"
    assert f"GET {team.cluster.registry}" in {each.name for each in of_check}
    assert tags in {each.attributes["url.path"] for each in of_check}
    assert deployment in {each.attributes["url.path"] for each in of_check}
    reconciles = {each.id for each in spans if each.name == "reconcile"}
    of_reconciles = {each.attributes["url.path"] for each in spans if each.parent in reconciles}
    assert {deployment, f"/apis/events.k8s.io/v1/namespaces/{team.namespace}/events"} <= of_reconciles


def test_a_collector_that_is_not_there_delays_nothing(team: Team) -> None:
    for tag in ("1.0.0", "1.0.1"):
        team.push(tag)
    team.deploy("shop", team.image("1.0.0"))
    process = team.start(OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:1", OTEL_BSP_SCHEDULE_DELAY="100").leads()
    team.ends("shop", "done")
    assert process.stop() == 0
