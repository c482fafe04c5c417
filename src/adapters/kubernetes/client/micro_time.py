"""Times as Kubernetes writes them where seconds are not enough."""

from __future__ import annotations

from datetime import UTC, datetime


def micro_time(moment: datetime) -> str:
    """Write a moment as a MicroTime: RFC 3339 in UTC with exactly six digits (meta/v1, `RFC3339Micro`)."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
