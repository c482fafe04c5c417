"""A deadline counts down on the monotonic clock."""

from __future__ import annotations

from watch_cluster.tools.deadline import Deadline


def test_reports_the_remaining_seconds_and_whether_it_has_passed() -> None:
    now = 100.0
    deadline = Deadline(5, lambda: now)
    now = 103.0
    assert deadline.remaining() == 2
    now = 106.0
    assert deadline.remaining() == -1
