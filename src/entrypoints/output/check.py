"""Prints the results of `watch-cluster check`."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from watch_cluster.application.check.check_all import CheckResult
from watch_cluster.domain.update.decision import Held, Update
from watch_cluster.entrypoints.output.blocks import Entry, print_block
from watch_cluster.entrypoints.output.wording import due, image_change

if TYPE_CHECKING:
    from rich.console import Console


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
            "next_check": None if result.next_check is None else result.next_check.isoformat(),
        }
        for result in results
    ]
    print(json.dumps({"workloads": workloads}, indent=2))  # noqa: T201 - the command's output


def _unchanged(text: str) -> str:
    return text


def print_text(
    results: tuple[CheckResult, ...], now: datetime, console: Console, shorten: Callable[[str], str] = _unchanged
) -> None:
    """Print a summary, and then the results: first what wants attention. `shorten` is applied to images."""
    if not results:
        console.print('No workload is annotated with watch-cluster.io/enabled: "true".')
        return
    updates = [result for result in results if isinstance(result.decision, Update)]
    held = [result for result in results if isinstance(result.decision, Held)]
    others = [result for result in results if not isinstance(result.decision, Update | Held)]
    counted = "update" if len(updates) == 1 else "updates"
    summary = f"{len(updates)} {counted}, {len(held)} held, {len(others)} up to date"
    console.print(summary, markup=False, highlight=False)
    print_block("Updates", (_entry(result, now, shorten) for result in updates), console)
    print_block("Held", (_entry(result, now, shorten) for result in held), console)
    print_block("Up to date", (_entry(result, now, shorten) for result in others), console)


def _entry(result: CheckResult, now: datetime, shorten: Callable[[str], str]) -> Entry:
    container = "" if result.decision.container is None else f" ({result.decision.container})"
    details = [] if result.hold_message is None else [f"{result.decision}: {_reason(result, result.hold_message)}"]
    return Entry(
        (
            f"{result.workload}{container}",
            shorten(image_change(result.image, result.candidate)),
            f"next check {due(result.next_check, now)}",
        ),
        details,
    )


def _reason(result: CheckResult, message: str) -> str:
    """The message without the container and the candidate, which stand above it."""
    told = message.removeprefix(f"container {result.decision.container}: ")
    return told.removeprefix(f"{result.candidate} is available, and ")
