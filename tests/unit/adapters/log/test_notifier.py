"""Events as log lines."""

from __future__ import annotations

import pytest
from structlog.testing import capture_logs

from tests.unit.domain.workloads import SHOP
from watch_cluster.adapters.log.notifier import LogNotifier
from watch_cluster.domain.rollout.event import Event, EventReason


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
