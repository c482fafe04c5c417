"""Cron schedules, parsed and validated, with their descriptions in English."""

from __future__ import annotations

from watch_cluster.domain.schedule.cron import Schedule
from watch_cluster.domain.schedule.description import describe
from watch_cluster.domain.schedule.errors import InvalidSchedule

__all__ = ["InvalidSchedule", "Schedule", "describe"]
