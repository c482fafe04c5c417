"""Windows on the clock."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.unit.domain.workloads import a_workload, read_policy
from watch_cluster.adapters.cron.scheduler import CronScheduler
from watch_cluster.application.check.candidates.windows import window_state


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("window", "zone", "now", "open_now", "following"),
    [
        pytest.param(
            "0 0 2 ? * SUN 4h", "UTC", "2031-01-05T02:00:00", True, "2031-01-12T02:00:00+00:00", id="it opens"
        ),
        pytest.param("0 0 2 ? * SUN 4h", "UTC", "2031-01-05T05:59:59", True, "2031-01-12T02:00:00+00:00", id="its end"),
        pytest.param("0 0 2 ? * SUN 4h", "UTC", "2031-01-05T06:00:00", False, "2031-01-12T02:00:00+00:00", id="over"),
        pytest.param(
            "0 0 2 ? * SUN 4h", "UTC", "2031-01-05T01:59:59", False, "2031-01-05T02:00:00+00:00", id="not yet"
        ),
        pytest.param(
            "0 0 2 ? * SUN 4h", "Asia/Seoul", "2031-01-04T17:00:00", True, "2031-01-12T02:00:00+09:00", id="a zone"
        ),
        pytest.param(
            "0 0 22 * * ? 8h", "UTC", "2031-01-05T03:00:00", True, "2031-01-05T22:00:00+00:00", id="past midnight"
        ),
        pytest.param(
            "0 0 * * * ? 3h", "UTC", "2031-01-05T03:30:00", True, "2031-01-05T04:00:00+00:00", id="always open"
        ),
        pytest.param("0 0 2 1 1 ? 2030 4h", "UTC", "2031-01-05T03:00:00", False, None, id="never again"),
        pytest.param(
            "0 2 * * * 1h; 0 6 * * * 1h", "UTC", "2031-01-05T06:30:00", True, "2031-01-06T02:00:00+00:00", id="two"
        ),
        pytest.param(
            "0 2 * * * 1h; 0 6 * * * 1h", "UTC", "2031-01-05T04:30:00", False, "2031-01-05T06:00:00+00:00", id="between"
        ),
        pytest.param(
            "0 30 2 * * ? 1h",
            "Europe/Berlin",
            "2031-03-30T01:30:00",
            True,
            "2031-03-31T02:30:00+02:00",
            id="in the gap of spring",
        ),
    ],
)
def test_a_window_is_open_from_its_fire_time_for_its_duration(
    window: str, zone: str, now: str, following: str | None, *, open_now: bool
) -> None:
    policy = read_policy(a_workload("shop:1.0", enabled="true", window=window, timezone=zone))
    found = window_state(policy, at(now), CronScheduler())
    assert found is not None
    assert found.is_open is open_now
    assert (found.next_opening and found.next_opening.isoformat()) == following


def test_without_windows_there_is_nothing_to_open() -> None:
    policy = read_policy(a_workload("shop:1.0", enabled="true"))
    assert window_state(policy, at("2031-01-05T02:00:00"), CronScheduler()) is None
