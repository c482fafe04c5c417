"""A trouble that many workloads share is said once."""

from __future__ import annotations

import structlog
from structlog.testing import capture_logs

from watch_cluster.entrypoints.controller.rate_limited_logger import QUIET_SECONDS, RateLimitedLogger


def test_what_was_said_is_counted_for_half_a_minute_and_said_again_with_the_count() -> None:
    now = 0.0
    sparing = RateLimitedLogger(lambda: now)
    with capture_logs() as lines:
        log = structlog.get_logger()
        for workload in ("a", "b", "c"):
            sparing.warn(log, "put off", "unreachable", workload=workload)
        sparing.warn(log, "put off", "refused", workload="d")
        now = QUIET_SECONDS
        sparing.warn(log, "put off", "unreachable", workload="e")
        now = 2 * QUIET_SECONDS
        sparing.warn(log, "put off", "unreachable", workload="f")
    told = [(line["log_level"], line["workload"], line.get("unsaid")) for line in lines]
    assert told == [
        ("warning", "a", None),
        ("debug", "b", None),
        ("debug", "c", None),
        ("warning", "d", None),
        ("warning", "e", 2),
        ("warning", "f", None),
    ]
