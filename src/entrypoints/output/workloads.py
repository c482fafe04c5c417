"""Prints the workloads of `watch-cluster list`."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING

from watch_cluster.application.commands.list_workloads import ListedWorkload
from watch_cluster.domain.policy.policy import Policy
from watch_cluster.domain.policy.setting_specs import Source
from watch_cluster.domain.rollout.record.record import RolloutRecord
from watch_cluster.domain.workload import annotation
from watch_cluster.entrypoints.output.blocks import Entry, print_block
from watch_cluster.entrypoints.output.wording import due, image_change, relative

if TYPE_CHECKING:
    from rich.console import Console


def print_json(workloads: tuple[ListedWorkload, ...]) -> None:
    """Print the workloads as JSON."""
    print(json.dumps({"workloads": [_fields(each) for each in workloads]}, indent=2))  # noqa: T201


def print_text(workloads: tuple[ListedWorkload, ...], now: datetime, console: Console) -> None:
    """Print the workloads: first those that want attention."""
    if not workloads:
        console.print('No workload is annotated with watch-cluster.io/enabled: "true".')
        return
    attention = [each for each in workloads if _needs_attention(each)]
    others = [each for each in workloads if not _needs_attention(each)]
    counted = "workload" if len(workloads) == 1 else "workloads"
    console.print(f"{len(workloads)} {counted}, {len(attention)} want attention", markup=False, highlight=False)
    print_block("Attention", (_entry(each, now) for each in attention), console)
    print_block("Watched", (_entry(each, now) for each in others), console)


def _needs_attention(workload: ListedWorkload) -> bool:
    last = workload.last_rollout
    failed = last is not None and last.failure is not None
    return failed or any((workload.error, workload.pending, workload.quarantined, workload.freeze is not None))


def _entry(workload: ListedWorkload, now: datetime) -> Entry:
    images = ", ".join(image_change(image, None) for image in workload.images)
    return Entry((str(workload.key), images, f"next check {due(workload.next_check, now)}"), _details(workload, now))


def _details(workload: ListedWorkload, now: datetime) -> list[str]:
    details = []
    if workload.error is not None:
        details.append(f"invalid configuration: {workload.error}")
    if workload.pending is not None:
        details.append(f"waits for you: {workload.pending}")
    if workload.quarantined:
        details.append(f"quarantined: {', '.join(workload.quarantined)}")
    if workload.freeze is not None:
        details.append("frozen" + (f": {workload.freeze}" if workload.freeze else ""))
    if workload.last_rollout is not None:
        details.append(_last(workload.last_rollout, now))
    return details


def _last(record: RolloutRecord, now: datetime) -> str:
    changes = ", ".join(image_change(change.before, change.after) for change in record.images)
    return f"last rollout {relative(record.ended or record.started, now)}: {record.state.value}: {changes}"


def _settings(policy: Policy) -> dict[str, str]:
    of_workload = (setting for setting in policy.settings if setting.source is not Source.CONTAINER)
    return {annotation.short(setting.key): setting.value for setting in of_workload}


def _fields(workload: ListedWorkload) -> dict[str, object]:
    last = workload.last_rollout
    return {
        "workload": str(workload.key),
        "images": list(workload.images),
        "settings": {} if workload.policy is None else _settings(workload.policy),
        "error": workload.error,
        "pending": workload.pending,
        "quarantined": list(workload.quarantined),
        "freeze": workload.freeze,
        "last_rollout": None
        if last is None
        else {
            "state": last.state.value,
            "change": last.change,
            "started": last.started.isoformat(),
            "ended": None if last.ended is None else last.ended.isoformat(),
        },
        "next_check": None if workload.next_check is None else workload.next_check.isoformat(),
    }
