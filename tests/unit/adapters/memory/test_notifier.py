"""The notifier that keeps what it was told."""

from __future__ import annotations

from dataclasses import replace

import pytest

from watch_cluster.adapters.memory.notifier import RecordingNotifier
from watch_cluster.application.ports.notifier import Notifier, NotifierUnavailable
from watch_cluster.domain.rollout.event import Event, EventReason
from watch_cluster.domain.workload.workload import WorkloadKey

FIRST = Event(
    EventReason.REGISTRY_ERROR, WorkloadKey("shop", "Deployment", "web"), "uid-1", "it answered 500", "registry"
)
SECOND = replace(FIRST, reason=EventReason.IMAGE_UPDATED, subject="web:2")


def test_events_are_kept_in_the_order_in_which_they_were_told() -> None:
    recorder = RecordingNotifier()
    notifier: Notifier = recorder
    notifier.notify(SECOND)
    notifier.notify(FIRST)
    assert recorder.events == (SECOND, FIRST)


def test_the_same_fact_in_other_words_is_kept_once() -> None:
    recorder = RecordingNotifier()
    for event in (FIRST, SECOND, replace(FIRST, message="it answered 503")):
        recorder.notify(event)
    assert recorder.events == (FIRST, SECOND)


def test_while_it_is_unavailable_nothing_is_kept() -> None:
    recorder = RecordingNotifier()
    recorder.fault = NotifierUnavailable("not now")
    with pytest.raises(NotifierUnavailable, match="not now"):
        recorder.notify(FIRST)
    assert not recorder.events
    recorder.fault = None
    recorder.notify(FIRST)
    assert recorder.events == (FIRST,)
