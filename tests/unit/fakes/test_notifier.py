"""The notifier that records events."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.fakes.notifier import RecordingNotifier
from watch_cluster.application.ports.reporting.notifier import Notifier, NotifierUnavailable
from watch_cluster.domain.rollout.event import Event, EventReason
from watch_cluster.domain.workload.workload import WorkloadKey

FIRST = Event(
    EventReason.REGISTRY_ERROR, WorkloadKey("shop", "Deployment", "web"), "uid-1", "it answered 500", "registry"
)
SECOND = replace(FIRST, reason=EventReason.IMAGE_UPDATED, subject="web:2")


def test_records_events_in_order() -> None:
    recorder = RecordingNotifier()
    notifier: Notifier = recorder
    notifier.notify(SECOND)
    notifier.notify(FIRST)
    assert recorder.events == (SECOND, FIRST)


def test_records_an_identity_once() -> None:
    recorder = RecordingNotifier()
    for event in (FIRST, SECOND, replace(FIRST, message="it answered 503")):
        recorder.notify(event)
    assert recorder.events == (FIRST, SECOND)


def test_records_nothing_while_unavailable() -> None:
    recorder = RecordingNotifier()
    recorder.fault = NotifierUnavailable("not now")
    with pytest.raises(NotifierUnavailable, match="not now"):
        recorder.notify(FIRST)
    assert not recorder.events
    recorder.fault = None
    recorder.notify(FIRST)
    assert recorder.events == (FIRST,)
