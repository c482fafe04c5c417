"""Events of the cluster: what is created, and what each answer means."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, MutableMapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from tests.fakes.timing import FakeClock
from tests.unit.adapters.kubernetes.scripted_server import Answer, ScriptedServer
from watch_cluster.adapters.kubernetes.client.api import KubernetesApi
from watch_cluster.adapters.kubernetes.client.permissions import PERMANENT_AFTER_SECONDS
from watch_cluster.adapters.kubernetes.events import KubernetesEvents, event_name, note
from watch_cluster.application.ports.reporting.notifier import Notifier, NotifierUnavailable
from watch_cluster.domain.policy.rollout_settings import RolloutSettings
from watch_cluster.domain.rollout.event import Event, EventReason
from watch_cluster.domain.rollout.record.record import RolloutRecord
from watch_cluster.domain.workload.workload import WorkloadKey

EVENT = Event(EventReason.IMAGE_UPDATED, WorkloadKey("shop", "Deployment", "web"), "uid-1", "web:1 -> web:2", "web:2")
RECORD = RolloutRecord("1", "1", (), datetime(2026, 5, 1, tzinfo=UTC), RolloutSettings(timedelta(minutes=10)))
NOW = datetime(2026, 5, 1, 3, 0, 0, 42, tzinfo=UTC)
DNS_SUBDOMAIN = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
Logs = list[MutableMapping[str, Any]]


@pytest.fixture
def events(api: KubernetesApi) -> Notifier:
    return KubernetesEvents(api, FakeClock(NOW), "pod-1_4711")


@pytest.fixture
def logs() -> Iterator[Logs]:
    with capture_logs() as captured:
        yield captured


def test_an_event_is_in_the_namespace_of_its_workload(events: Notifier, server: ScriptedServer) -> None:
    events.notify(EVENT)
    [request] = server.requests
    assert (request.method, request.content_type) == ("POST", "application/json")
    assert request.path == "/apis/events.k8s.io/v1/namespaces/shop/events"
    assert request.body == {
        "apiVersion": "events.k8s.io/v1",
        "kind": "Event",
        "metadata": {"namespace": "shop", "name": f"web.{EVENT.identity}"},
        "eventTime": "2026-05-01T03:00:00.000042Z",
        "reportingController": "watch-cluster.io/watch-cluster",
        "reportingInstance": "pod-1_4711",
        "regarding": {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "namespace": "shop",
            "name": "web",
            "uid": "uid-1",
        },
        "type": "Normal",
        "reason": "ImageUpdated",
        "action": "Update",
        "note": "web:1 -> web:2",
    }


@pytest.mark.parametrize("reason", [pytest.param(reason, id=reason.value) for reason in EventReason])
def test_what_needs_attention_is_a_warning(events: Notifier, server: ScriptedServer, reason: EventReason) -> None:
    events.notify(replace(EVENT, reason=reason))
    assert server.requests[0].body["type"] == ("Warning" if reason.is_warning else "Normal")


def test_the_reporting_instance_is_cut_to_the_limit_of_the_server(api: KubernetesApi, server: ScriptedServer) -> None:
    KubernetesEvents(api, FakeClock(NOW), "p" * 129).notify(EVENT)
    assert server.requests[0].body["reportingInstance"] == "p" * 125 + "…"


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        pytest.param(401, "Unauthorized", id="a token that is about to be renewed"),
        pytest.param(408, "Timeout", id="request timeout"),
        pytest.param(429, "TooManyRequests", id="too many requests"),
        pytest.param(500, "InternalError", id="internal error"),
        pytest.param(503, "ServiceUnavailable", id="unavailable"),
    ],
)
def test_a_transient_failure_is_raised_for_the_caller_to_retry(
    events: Notifier, server: ScriptedServer, status: int, reason: str
) -> None:
    server.answers = [Answer.refusal(status, reason, "not now")]
    with pytest.raises(NotifierUnavailable, match=r"shop/Deployment/web: no Event ImageUpdated: .*not now"):
        events.notify(EVENT)


def test_a_server_that_is_not_there_may_take_it_later(connect: Callable[[int], KubernetesApi]) -> None:
    events = KubernetesEvents(connect(1), FakeClock(NOW), "pod-1")
    with pytest.raises(NotifierUnavailable, match="shop/Deployment/web: no Event ImageUpdated"):
        events.notify(EVENT)


KNOWN = Answer.refusal(409, "AlreadyExists", "already exists")


def test_an_event_that_exists_on_the_server_was_emitted(events: Notifier, server: ScriptedServer, logs: Logs) -> None:
    server.answers = [KNOWN]
    events.notify(replace(EVENT, rollout=RECORD.id))
    assert len(server.requests) == 1
    assert logs == []


def test_a_lasting_event_on_the_server_becomes_a_series(events: Notifier, server: ScriptedServer) -> None:
    server.answers = [KNOWN, Answer(200, {"series": {"count": 4}}), Answer(200)]
    events.notify(EVENT)
    assert [request.method for request in server.requests] == ["POST", "PATCH", "PATCH"]
    assert server.requests[2].path.endswith(f"/events/web.{EVENT.identity}")
    assert server.requests[2].body == {"series": {"count": 5}}


def test_the_first_repetition_makes_a_series_of_two(events: Notifier, server: ScriptedServer) -> None:
    server.answers = [KNOWN, Answer.refusal(422, "Invalid", "series.count: should be at least 2"), Answer(200)]
    events.notify(EVENT)
    assert server.requests[2].body == {"series": {"count": 2, "lastObservedTime": "2026-05-01T03:00:00.000042Z"}}


@pytest.mark.parametrize("status", [403, 404, 500])
def test_a_repeated_event_that_cannot_be_emitted_is_no_error(
    events: Notifier, server: ScriptedServer, logs: Logs, status: int
) -> None:
    server.answers = [KNOWN, Answer.refusal(status, "No", "no")]
    events.notify(EVENT)
    assert logs == []


@pytest.mark.parametrize(
    ("status", "reason", "message", "why"),
    [
        pytest.param(403, "Forbidden", "shop is being terminated", "is being terminated$", id="namespace goes away"),
        pytest.param(404, "NotFound", 'namespaces "shop" not found', "not found$", id="namespace gone"),
        pytest.param(422, "Invalid", "note: too long", "note: too long$", id="invalid"),
    ],
)
def test_an_event_that_is_never_accepted_is_logged_once_and_not_raised(
    events: Notifier, server: ScriptedServer, logs: Logs, status: int, reason: str, message: str, why: str
) -> None:
    server.answers = [Answer.refusal(status, reason, message)]
    for _ in range(3):
        events.notify(EVENT)
    [entry] = logs
    assert re.search(why, entry["why"])
    assert (entry["workload"], entry["reason"], entry["log_level"]) == (
        "shop/Deployment/web",
        "ImageUpdated",
        "warning",
    )


def test_a_right_that_was_refused_for_a_while_is_lacking(
    api: KubernetesApi, server: ScriptedServer, logs: Logs
) -> None:
    clock = FakeClock(NOW)
    events = KubernetesEvents(api, clock, "pod-1")
    no, yes = Answer.refusal(403, "Forbidden", "wc cannot create it"), Answer(201)
    server.answers = [no, yes, no, no, no]
    with pytest.raises(NotifierUnavailable, match="cannot create"):
        events.notify(EVENT)
    clock.advance(timedelta(seconds=PERMANENT_AFTER_SECONDS))
    events.notify(EVENT)
    with pytest.raises(NotifierUnavailable, match="cannot create"):
        events.notify(EVENT)
    assert logs == []

    clock.advance(timedelta(seconds=PERMANENT_AFTER_SECONDS))
    events.notify(EVENT)
    events.notify(EVENT)
    [entry] = logs
    assert re.search("cannot create.*rbac.yaml.*events in events.k8s.io", entry["why"])


def test_a_refusal_is_logged_for_each_namespace_and_again_after_a_success(
    events: Notifier, server: ScriptedServer, logs: Logs
) -> None:
    no, yes = Answer.refusal(403, "Forbidden", "is being terminated"), Answer(201)
    server.answers = [no, no, no, yes, no, no]
    other = replace(EVENT, workload=WorkloadKey("blog", "Deployment", "web"))
    for event in (EVENT, other, EVENT, EVENT, EVENT, other):
        events.notify(event)
    assert [entry["workload"].split("/")[0] for entry in logs] == ["shop", "blog", "shop"]


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        pytest.param("web:1 -> web:2", "web:1 -> web:2", id="plain"),
        pytest.param("a\nb\x1b[31mc\x07", "a b [31mc", id="control characters"),
        pytest.param("1.0\u202e0.1", "1.0 0.1", id="writing turned round"),
        pytest.param("이미지 갱신", "이미지 갱신", id="Korean"),
        pytest.param("\ud800", "", id="half a character"),
        pytest.param("x" * 1024, "x" * 1024, id="as long as it may be"),
        pytest.param("x" * 1025, "x" * 1021 + "…", id="a byte too long"),
        pytest.param("é" * 513, "é" * 510 + "…", id="bytes count and not characters"),
    ],
)
def test_a_note_is_what_a_terminal_can_show(message: str, shown: str) -> None:
    assert note(message) == shown


@given(st.text(max_size=2000))
def test_a_note_is_never_too_long_and_always_printable(message: str) -> None:
    shown = note(message)
    assert len(shown.encode()) <= 1024
    assert shown.isprintable()


@given(st.from_regex(DNS_SUBDOMAIN, fullmatch=True).filter(lambda name: len(name) <= 253))
def test_the_name_of_an_event_is_a_dns_subdomain_that_ends_with_its_identity(workload: str) -> None:
    name = event_name(workload, EVENT.identity)
    assert len(name) <= 253
    assert DNS_SUBDOMAIN.fullmatch(name)
    assert name.endswith(f".{EVENT.identity}")


def test_a_name_that_is_cut_does_not_end_with_a_dash() -> None:
    assert event_name("a" * 235 + "-" + "b" * 10, "0" * 16) == "a" * 235 + "." + "0" * 16
