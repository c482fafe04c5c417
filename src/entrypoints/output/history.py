"""Prints the rollouts of `watch-cluster history`."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING

from watch_cluster.domain.rollout.record.history import History
from watch_cluster.domain.workload.workload import WorkloadKey
from watch_cluster.entrypoints.output.blocks import Entry, print_block
from watch_cluster.entrypoints.output.wording import relative, shorten_digests

if TYPE_CHECKING:
    from rich.console import Console


def print_json(key: WorkloadKey, history: History) -> None:
    """Print the rollouts as JSON, the latest first."""
    rollouts = [
        {
            "id": rollout.id,
            "ended": rollout.ended.isoformat(),
            "state": rollout.state.value,
            "change": rollout.change,
            "message": rollout.message,
        }
        for rollout in reversed(history.rollouts)
    ]
    print(json.dumps({"workload": str(key), "rollouts": rollouts}, indent=2))  # noqa: T201 - the command's output


def print_text(key: WorkloadKey, history: History, now: datetime, console: Console) -> None:
    """Print the rollouts, the latest first."""
    if not history:
        console.print(f"{key} has had no rollout by Watch-Cluster yet.", markup=False, highlight=False)
        return
    entries = (
        Entry(
            (f"{relative(rollout.ended, now)}: {rollout.state.value}", shorten_digests(rollout.change)),
            () if rollout.message is None else (shorten_digests(rollout.message),),
        )
        for rollout in reversed(history.rollouts)
    )
    print_block(str(key), entries, console)
