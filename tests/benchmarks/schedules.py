"""What it costs to find when a schedule fires next, on which every workload waits: in µs, with the worst first.

`python -m tests.benchmarks.schedules` prints the figures.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

from watch_cluster.adapters.cron.scheduler import CronScheduler
from watch_cluster.domain.schedule import Schedule

ROUNDS: Final = 200
_ODD: Final = ",".join(str(value) for value in range(1, 60, 2))
_ODD_HOURS: Final = ",".join(str(value) for value in range(1, 24, 2))
_SAME_DAY: Final = ",".join(f"L-{'0' * zeros}28" for zeros in range(15))
EXPRESSIONS: Final = [
    "* * * * * ?",
    "0 */5 * * * ?",
    "*/15 * * * *",
    "0 0 2 * * ?",
    "0 0 9-17 ? * MON-FRI",
    "30 4 1,15 * 5",
    "0 15 10 LW * ?",
    "0 15 10 ? * 6#3",
    "59 59 23 31 12 ?",
    "0 0 0 29 2 ?",
    "0 0 0 29 2 ? 2000-2999/400",
    "0 0 0 29 2 ? 2800",
    "59 59 23 ? 2 SUN#5",
    "59 23 29 2 */6",
    f"59 59 23 {_SAME_DAY} 2 ?",
    f"{_ODD} {_ODD} {_ODD_HOURS} * * ?",
    f"{_ODD} {_ODD} 23 ? 2 SUN#5",
]
MOMENTS: Final = [
    ("UTC", "2026-01-01T00:00:00Z"),
    ("UTC", "2088-03-01T00:00:00Z"),
    ("America/New_York", "2026-03-08T06:59:59Z"),
    ("America/New_York", "2026-11-01T05:59:59Z"),
    ("America/New_York", "2088-03-14T06:59:59Z"),
    ("Australia/Lord_Howe", "2026-10-03T15:29:59Z"),
    ("Pacific/Apia", "2011-12-30T09:59:59Z"),
]
"""Common ones, before the longest wait for a fifth Sunday of a February, and before changes of the clocks."""


def main() -> None:
    """Ask for the next fire time of each schedule at each moment, and print the median and the worst moment."""
    scheduler, rows = CronScheduler(), []
    for expression in EXPRESSIONS:
        schedule = Schedule.parse(expression)
        costs = []
        for zone, moment in MOMENTS:
            where, at = ZoneInfo(zone), datetime.fromisoformat(moment).astimezone(UTC)
            scheduler.next_after(schedule, where, at)
            costs.append((_cost(scheduler, schedule, where, at), f"{zone} {moment}"))
        costs.sort()
        rows.append((*costs[-1], costs[len(costs) // 2][0], expression))
    print("   worst   median  expression, and the worst moment")  # noqa: T201 - what the benchmark is for
    for worst, moment, median, expression in sorted(rows, reverse=True):
        shown = expression if len(expression) < 40 else f"{expression[:39]}…"
        print(f"{worst:5.0f} µs {median:5.0f} µs  {shown:40}  {moment}")  # noqa: T201 - what the benchmark is for


def _cost(scheduler: CronScheduler, schedule: Schedule, zone: ZoneInfo, at: datetime) -> float:
    """Tell the CPU time of one answer in µs, on the average."""
    began = time.process_time()
    for _ in range(ROUNDS):
        scheduler.next_after(schedule, zone, at)
    return (time.process_time() - began) / ROUNDS * 1e6


if __name__ == "__main__":
    main()
