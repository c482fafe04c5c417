"""When a workload is checked, as its settings say."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from watch_cluster.application.ports.scheduler import Scheduler
from watch_cluster.domain.schedule import Schedule


@dataclass(frozen=True, slots=True)
class CheckTiming:
    """When a workload is checked: by its schedule, and when a window opens for what was held for it.

    `interval` is the shortest time between two checks by the schedule, which passes over fire times in between.
    """

    schedule: Schedule
    zone: ZoneInfo
    openings: tuple[Schedule, ...] = ()
    interval: timedelta = timedelta()


def fires_too_often(timing: CheckTiming, scheduler: Scheduler, now: datetime) -> bool:
    """Whether the schedule passes over one of its next fire times, since they are closer than the interval."""
    first = scheduler.next_after(timing.schedule, timing.zone, now)
    second = None if first is None else scheduler.next_after(timing.schedule, timing.zone, first)
    return first is not None and second is not None and second - first < timing.interval
