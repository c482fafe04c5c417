"""Traces at a real collector: which operations are recorded and how their spans are related."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from structlog.testing import capture_logs

from tests.servers.trace_collector import Collector, Span
from tests.servers.webhook_receiver import Answer
from watch_cluster.adapters.otlp.tracing import OtlpTracing
from watch_cluster.application.ports.reporting.tracing import Call
from watch_cluster.domain.policy.rollout_settings import RolloutSettings
from watch_cluster.domain.rollout.record.lifecycle import RolloutState
from watch_cluster.domain.rollout.record.record import RolloutRecord
from watch_cluster.domain.workload.workload import ImageChange, WorkloadKey

SHOP = WorkloadKey("team", "Deployment", "shop")
RECORD = RolloutRecord(
    "shop-1",
    "uid",
    (ImageChange("app", "shop:1", "shop:2"),),
    datetime.now(UTC),
    RolloutSettings(timedelta(minutes=10), timedelta(seconds=10)),
)
DONE = replace(RECORD, state=RolloutState.DONE, ended=datetime.now(UTC))
LISTING = Call("registry.example", "GET", "/v2/shop/tags/list", "200", 0.25)
PATCH = Call("api.example:6443", "PATCH", "/apis/apps/v1/namespaces/team/deployments/shop", "200", 0.01)


@pytest.fixture
def collector(monkeypatch: pytest.MonkeyPatch) -> Iterator[Collector]:
    with Collector() as collector:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.endpoint)
        yield collector


def check(tracing: OtlpTracing, record: RolloutRecord | None = RECORD, *calls: Call) -> None:
    with tracing.operation("check", SHOP):
        for call in calls or (LISTING, PATCH):
            tracing.record_call(call)
        if record is not None:
            tracing.assign_to(record)


def close(tracing: OtlpTracing, record: RolloutRecord = DONE) -> None:
    with tracing.operation("reconcile", SHOP):
        tracing.assign_to(RECORD)
        tracing.record_call(PATCH)
        tracing.end_rollout(record)


def named(spans: list[Span], name: str) -> Span:
    [span] = [each for each in spans if each.name == name]
    return span


def test_an_update_is_one_trace_from_the_check_to_the_end(collector: Collector) -> None:
    tracing = OtlpTracing("pod-1")
    check(tracing)
    close(tracing)
    tracing.close()

    spans = collector.spans
    assert len({each.trace for each in spans}) == 1
    update, checked, reconciled = (named(spans, name) for name in ("update", "check", "reconcile"))
    assert (update.parent, checked.parent, reconciled.parent) == (b"", update.id, update.id)
    assert named(spans, "GET registry.example").parent == checked.id
    assert {each.parent for each in spans if each.name == "PATCH api.example:6443"} == {checked.id, reconciled.id}
    assert abs(update.began - RECORD.started.timestamp() * 1e9) < 1000
    assert update.began < checked.began < checked.ended < reconciled.began
    assert update.ended == reconciled.ended
    assert len({each.id for each in spans}) == len(spans) == 6
    assert update.attributes == {
        "watch_cluster.rollout": "shop-1",
        "watch_cluster.change": RECORD.change,
        "watch_cluster.state": "done",
        "k8s.namespace.name": "team",
        "k8s.deployment.name": "shop",
    }
    assert update.resource["service.name"] == "watch-cluster"
    assert update.resource["service.instance.id"] == "pod-1"


def test_a_call_has_method_host_path_and_status(collector: Collector) -> None:
    tracing = OtlpTracing("pod-1")
    check(tracing, RECORD, LISTING, replace(LISTING, status="503"), replace(LISTING, status="none"))
    tracing.close()

    good, refused, lost = (each for each in collector.spans if each.name == "GET registry.example")
    common = {"http.request.method": "GET", "server.address": "registry.example", "url.path": "/v2/shop/tags/list"}
    assert good.attributes == {**common, "http.response.status_code": 200}
    assert refused.attributes == {**common, "http.response.status_code": 503}
    assert lost.attributes == {**common, "error.type": "no response"}
    assert [each.failed for each in (good, refused, lost)] == [False, True, True]
    assert 0.2e9 < good.ended - good.began < 0.3e9


def test_discards_operations_without_a_rollout_or_without_calls(collector: Collector) -> None:
    tracing = OtlpTracing("pod-1")
    check(tracing, None)
    with tracing.operation("reconcile", SHOP):
        tracing.assign_to(RECORD)
    tracing.record_call(LISTING)
    tracing.close()
    assert collector.spans == []


def test_several_processes_contribute_to_one_trace(collector: Collector) -> None:
    for number, work in enumerate((check, close)):
        tracing = OtlpTracing(f"pod-{number}")
        work(tracing)
        tracing.close()

    spans = collector.spans
    update = named(spans, "update")
    assert {each.trace for each in spans} == {update.trace}
    assert named(spans, "check").parent == update.id
    assert {each.resource["service.instance.id"] for each in spans} == {"pod-0", "pod-1"}


def test_a_rollout_that_did_not_succeed_is_an_error(collector: Collector) -> None:
    tracing = OtlpTracing("pod-1")
    close(tracing, replace(DONE, state=RolloutState.ROLLED_BACK, message="Rolled back shop:2 -> shop:1"))
    tracing.close()
    update = named(collector.spans, "update")
    assert update.failed
    assert update.attributes["watch_cluster.state"] == "rolled-back"


def test_no_span_has_a_negative_duration_after_a_clock_change(collector: Collector) -> None:
    tracing = OtlpTracing("pod-1")
    ahead = replace(DONE, started=datetime.now(UTC) + timedelta(hours=1))
    close(tracing, ahead)
    tracing.close()
    assert all(each.began <= each.ended for each in collector.spans)


def test_logs_once_that_the_collector_is_unavailable(collector: Collector) -> None:
    collector.answers.extend([Answer(400), Answer(400)])
    tracing = OtlpTracing("pod-1")
    with capture_logs() as lines:
        for _ in range(3):
            check(tracing)
            tracing._provider.force_flush()
    tracing.close()
    assert [(each["log_level"], each["event"][:15]) for each in lines] == [
        ("warning", "trace export fa"),
        ("info", "trace export wo"),
    ]
    assert len(collector.received) == 3
