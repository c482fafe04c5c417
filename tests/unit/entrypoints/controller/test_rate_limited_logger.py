"""A problem that many workloads share is logged once."""

from __future__ import annotations

import structlog
from structlog.testing import capture_logs

from watch_cluster.entrypoints.controller.rate_limited_logger import QUIET_SECONDS, RateLimitedLogger


def test_suppresses_repeats_for_30_seconds_and_then_logs_their_number() -> None:
    now = 0.0
    logger = RateLimitedLogger(lambda: now)
    with capture_logs() as lines:
        log = structlog.get_logger()
        for workload in ("a", "b", "c"):
            logger.warning(log, "requeued", "unreachable", workload=workload)
        logger.warning(log, "requeued", "refused", workload="d")
        now = QUIET_SECONDS
        logger.warning(log, "requeued", "unreachable", workload="e")
        now = 2 * QUIET_SECONDS
        logger.warning(log, "requeued", "unreachable", workload="f")
    logged = [(line["log_level"], line["workload"], line.get("suppressed")) for line in lines]
    assert logged == [
        ("warning", "a", None),
        ("debug", "b", None),
        ("debug", "c", None),
        ("warning", "d", None),
        ("warning", "e", 2),
        ("warning", "f", None),
    ]
