"""Cron schedules: what was written, read and checked once, and the days and times that it names."""

from __future__ import annotations

from watch_cluster.domain.schedule.faults import InvalidSchedule
from watch_cluster.domain.schedule.schedule import Schedule
from watch_cluster.domain.schedule.words import in_words

__all__ = ["InvalidSchedule", "Schedule", "in_words"]
