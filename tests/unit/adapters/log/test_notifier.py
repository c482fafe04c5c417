"""Events as log lines."""

from __future__ import annotations

import pytest
from structlog.testing import capture_logs

from tests.unit.domain.workloads import SHOP
from watch_cluster.adapters.log.notifier import BURST, LINES_PER_SECOND, LogNotifier
from watch_cluster.domain.rollout.event import Event, EventReason
from watch_cluster.domain.workload.workload import WorkloadKey


@pytest.mark.parametrize(
    ("reason", "level"),
    [pytest.param(EventReason.IMAGE_UPDATED, "info"), pytest.param(EventReason.REGISTRY_ERROR, "warning")],
)
def test_an_event_is_one_line_with_a_matching_level(reason: EventReason, level: str) -> None:
    with capture_logs() as lines:
        LogNotifier().notify(Event(reason, SHOP, "uid-1", "what happened", "subject"))

    assert lines == [
        {"event": "what happened", "reason": reason.value, "workload": "default/Deployment/shop", "log_level": level}
    ]


def test_whoever_floods_the_log_is_cut_short_and_counted_and_others_are_not() -> None:
    now = 0.0
    notifier = LogNotifier(lambda: now)
    with capture_logs() as lines:
        for number in range(BURST + 100):
            notifier.notify(an_event("flood", f"{number}"))
        notifier.notify(an_event("honest", "of others"))
        now = 1 / LINES_PER_SECOND
        notifier.notify(an_event("flood", "later"))
        notifier.notify(an_event("flood", "too soon"))

    infos = [line for line in lines if line["log_level"] == "info"]
    assert [line["event"] for line in infos[BURST:]] == ["of others", "later"]
    assert infos[-1]["suppressed"] == 100
    assert not any("suppressed" in line for line in infos[:-1])


def an_event(namespace: str, message: str) -> Event:
    return Event(EventReason.IMAGE_UPDATED, WorkloadKey(namespace, "Deployment", "shop"), "uid-1", message, "subject")
