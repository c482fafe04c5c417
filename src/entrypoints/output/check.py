"""Prints the results of `watch-cluster check`."""

from __future__ import annotations

import json

from rich.console import Console
from rich.table import Table

from watch_cluster.application.check.check_all import CheckResult
from watch_cluster.domain.update.decision import Update
from watch_cluster.entrypoints.output.cell import cell


def print_json(results: tuple[CheckResult, ...]) -> None:
    """Print the results as JSON."""
    workloads = [
        {
            "workload": str(result.workload),
            "container": result.decision.container,
            "now": result.image,
            "candidate": result.candidate,
            "decision": str(result.decision),
            "why": result.hold_message,
            "next_check": _format_time(result),
        }
        for result in results
    ]
    print(json.dumps({"workloads": workloads}, indent=2))  # noqa: T201 - the command's output


def print_table(results: tuple[CheckResult, ...], console: Console) -> None:
    """Print the results as a table. Text from the cluster or a registry is never interpreted as markup."""
    if not results:
        console.print('No workload is annotated with watch-cluster.io/enabled: "true".')
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("WORKLOAD", "CONTAINER", "NOW", "CANDIDATE", "DECISION", "NEXT CHECK"):
        table.add_column(title, overflow="fold")
    for result in results:
        decision = "update" if isinstance(result.decision, Update) else str(result.decision)
        cells = (
            str(result.workload),
            result.decision.container,
            result.image,
            result.candidate,
            decision,
            _format_time(result),
        )
        table.add_row(*(cell(each or "-") for each in cells))
    console.print(table)
    for result in results:
        if result.hold_message:
            console.print(cell(f"{result.workload}: {result.hold_message}"), soft_wrap=True)


def _format_time(result: CheckResult) -> str | None:
    return None if result.next_check is None else result.next_check.isoformat()
