"""Several notifiers as one."""

from __future__ import annotations

from typing import Final

import pytest

from tests.fakes.notifier import RecordingNotifier
from tests.unit.application.shop import SHOP, PlainNotifier
from watch_cluster.application.ports.reporting.notifier import Notifier, NotifierUnavailable
from watch_cluster.application.reconcile.combined_notifier import CombinedNotifier
from watch_cluster.domain.rollout.event import Event, EventReason

EVENT: Final = Event(EventReason.IMAGE_UPDATED, SHOP, "uid-1", "Updated shop:1 -> shop:2", "rollout-1")


class NamedNotifier:
    """Writes its name on a list that it shares with others."""

    def __init__(self, name: str, names: list[str]) -> None:
        self._name = name
        self._names = names

    def notify(self, _: Event) -> None:
        self._names.append(self._name)


def unavailable(message: str) -> RecordingNotifier:
    notifier = RecordingNotifier()
    notifier.fault = NotifierUnavailable(message)
    return notifier


def test_all_notifiers_are_called_in_order() -> None:
    names: list[str] = []
    notifier: Notifier = CombinedNotifier((NamedNotifier("first", names), NamedNotifier("second", names)))
    notifier.notify(EVENT)
    assert names == ["first", "second"]


def test_later_notifiers_are_called_once_after_an_unavailable_one_recovers() -> None:
    cluster, log = unavailable("no Events"), PlainNotifier()
    notifiers = CombinedNotifier((cluster, log))
    for _ in range(3):
        with pytest.raises(NotifierUnavailable, match="no Events"):
            notifiers.notify(EVENT)
    cluster.fault = None
    notifiers.notify(EVENT)
    assert log.events == [EVENT]


def test_without_notifiers_nothing_happens() -> None:
    CombinedNotifier(()).notify(EVENT)
