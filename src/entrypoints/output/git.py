"""Prints the results of `watch-cluster git`."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

from watch_cluster.application.check.update_all import UpdateResult
from watch_cluster.domain.printable import printable
from watch_cluster.domain.update.decision import Held, HoldReason, Update

FAILURES = frozenset({HoldReason.INVALID_CONFIGURATION})
"""The holds, apart from those of registries, that a person has to repair."""


@dataclass(frozen=True, slots=True)
class UpdateRow:
    """One updated container. The names are those of the JSON output."""

    file: str
    workload: str
    container: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class HeldRow:
    """One container that is held back; `container` is None for the whole workload."""

    workload: str
    container: str | None
    reason: str
    message: str
    failed: bool


def update_rows(results: Iterable[UpdateResult], files: dict[tuple[str, str], str]) -> list[UpdateRow]:
    """Return what was updated; `files` are the paths by workload and container."""
    return [
        UpdateRow(
            files[str(result.check.key), step.container],
            str(result.check.key),
            step.container,
            step.before,
            step.after,
        )
        for result in results
        if result.rollout is not None
        for step in result.rollout.images
    ]


def held_rows(results: Iterable[UpdateResult]) -> list[HeldRow]:
    """Return what is held back, and what failed."""
    rows = []
    for result in results:
        key = str(result.check.key)
        for decision in result.check.decisions:
            if isinstance(decision, Held):
                failed = decision.reason in FAILURES or decision.reason.is_registry_problem
                rows.append(HeldRow(key, decision.container, decision.reason.value, decision.message, failed))
            elif isinstance(decision, Update) and result.failure is not None:
                rows.append(HeldRow(key, decision.container, "failed", result.failure, failed=True))
    return rows


def json_text(updates: list[UpdateRow], held: list[HeldRow]) -> str:
    """Format the results as JSON."""
    document = {
        "updates": [
            {
                "file": row.file,
                "workload": row.workload,
                "container": row.container,
                "from": row.before,
                "to": row.after,
            }
            for row in updates
        ],
        "held": [
            {"workload": row.workload, "container": row.container, "reason": row.reason, "message": row.message}
            for row in held
        ],
    }
    return json.dumps(document, indent=2)


def markdown_text(updates: list[UpdateRow], held: list[HeldRow]) -> str:
    """Format the results as a comment on a pull request. Text from files or registries is never markup."""
    lines = ["### Image updates", ""]
    if updates:
        lines += ["| Workload | Container | From | To | File |", "|---|---|---|---|---|"]
        lines += [
            _row(_code(row.workload), _code(row.container), _code(row.before), _code(row.after), _code(row.file))
            for row in updates
        ]
    else:
        lines.append("All images are up to date.")
    if held:
        lines += ["", "### Held back", "", "| Workload | Container | Reason |", "|---|---|---|"]
        lines += [
            _row(_code(row.workload), _code(row.container or "-"), f"{row.reason}: {_code(row.message)}")
            for row in held
        ]
    return "\n".join(lines)


def plain_text(updates: list[UpdateRow], held: list[HeldRow]) -> str:
    """Format the results for a terminal, one line each."""
    lines = [f"{row.file}: {row.workload} {row.container}: {row.before} -> {row.after}" for row in updates]
    for held_row in held:
        container = "" if held_row.container is None else f" {held_row.container}"
        lines.append(f"{held_row.workload}{container}: held back: {held_row.reason}: {held_row.message}")
    return "\n".join(lines or ["All images are up to date."])


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _code(text: str) -> str:
    harmless = printable(text).replace("`", "'").replace("|", "\N{BROKEN BAR}")
    return f"`{harmless}`"
