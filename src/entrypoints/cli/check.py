"""`watch-cluster check`: what would happen to each watched workload, and why. It changes nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from datetime import datetime

from rich.console import Console
from rich.table import Table
from rich.text import Text

from watch_cluster.application.check.check_for_update import Check, CheckForUpdate
from watch_cluster.application.ports.clock import Clock, Scheduler
from watch_cluster.application.ports.orchestrator import Orchestrator
from watch_cluster.domain.policy.policy import is_opted_in
from watch_cluster.domain.update.decision import Decision, Held, Update


@dataclass(frozen=True, slots=True)
class Line:
    """What is said of one container of a workload; of the workload as a whole when `container` is None."""

    workload: str
    container: str | None
    now: str | None
    candidate: str | None
    decision: str
    why: str | None
    next_check: str | None


@dataclass(frozen=True, slots=True)
class CheckAll:
    """Checks every watched workload once."""

    orchestrator: Orchestrator
    check: CheckForUpdate
    scheduler: Scheduler
    clock: Clock
    workers: int

    def __call__(self) -> tuple[Line, ...]:
        """The lines of all workloads, ordered by name. The orchestrator must have been loaded."""
        keys = sorted(each.key for each in self.orchestrator.workloads() if is_opted_in(each))
        now = self.clock.now()
        with ThreadPoolExecutor(self.workers) as pool:
            checks = pool.map(lambda key: self.check(key, now), keys)
            return tuple(line for check in checks for line in self._lines(check, now))

    def _lines(self, check: Check, now: datetime) -> Iterator[Line]:
        following = check.policy and self.scheduler.next_after(check.policy.schedule, check.policy.zone, now)
        next_check = following.isoformat() if following else None
        for decision in check.decisions:
            image = check.workload.image_of(decision.container or "") if check.workload else None
            if image is None and check.workload and check.workload.containers:
                image = check.workload.containers[0].image
            yield Line(
                str(check.key),
                decision.container,
                image,
                _candidate(decision),
                str(decision),
                _why(decision),
                next_check,
            )


def _candidate(decision: Decision) -> str | None:
    update = decision.update if isinstance(decision, Held) else decision
    return update.target if isinstance(update, Update) else None


def _why(decision: Decision) -> str | None:
    if isinstance(decision, Held):
        return decision.message
    return None


def print_json(lines: tuple[Line, ...]) -> None:
    """Print the lines for programs."""
    print(json.dumps({"workloads": [asdict(line) for line in lines]}, indent=2))  # noqa: T201 - the command's output


def print_table(lines: tuple[Line, ...], console: Console) -> None:
    """Print the lines for people. What comes from the cluster or a registry is text, never markup."""
    if not lines:
        console.print('No workload is annotated with watch-cluster.io/enabled: "true".')
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("WORKLOAD", "CONTAINER", "NOW", "CANDIDATE", "DECISION", "NEXT CHECK"):
        table.add_column(title, overflow="fold")
    for line in lines:
        decision = "update" if line.decision.startswith("update ") else line.decision
        cells = (line.workload, line.container, line.now, line.candidate, decision, line.next_check)
        table.add_row(*(Text(cell or "-") for cell in cells))
    console.print(table)
    for line in lines:
        if line.why:
            console.print(Text(f"{line.workload}: {line.why}"), soft_wrap=True)
