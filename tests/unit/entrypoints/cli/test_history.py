"""The output of `watch-cluster history`."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime, timedelta

import pytest
from rich.console import Console

from watch_cluster.domain.rollout.record.history import History, PastRollout
from watch_cluster.domain.rollout.record.lifecycle import RolloutState
from watch_cluster.domain.workload.workload import WorkloadKey
from watch_cluster.entrypoints.output.history import print_json, print_text

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
SHOP = WorkloadKey("default", "Deployment", "shop")
HISTORY = History(
    "uid",
    (
        PastRollout("a", NOW - timedelta(days=3), RolloutState.DONE, "shop:1.0.0 -> shop:1.1.0"),
        PastRollout("b", NOW - timedelta(hours=2), RolloutState.ROLLED_BACK, "shop:1.1.0 -> shop:1.2.0", "it crashed"),
    ),
)


def printed(history: History) -> list[str]:
    console = Console(file=io.StringIO(), width=80)
    print_text(SHOP, history, NOW, console)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue().splitlines()


def test_prints_the_latest_rollout_first_with_its_reason() -> None:
    assert printed(HISTORY) == [
        "default/Deployment/shop",
        "  2 h ago: rolled-back  shop:1.1.0 → shop:1.2.0",
        "      it crashed",
        "  3 d ago: done  shop:1.0.0 → shop:1.1.0",
    ]


def test_says_so_when_there_was_no_rollout() -> None:
    assert printed(History("uid")) == ["default/Deployment/shop has had no rollout by Watch-Cluster yet."]


def test_prints_json(capsys: pytest.CaptureFixture[str]) -> None:
    print_json(SHOP, HISTORY)
    document = json.loads(capsys.readouterr().out)
    assert document["workload"] == "default/Deployment/shop"
    assert document["rollouts"][0] == {
        "id": "b",
        "ended": "2026-01-01T10:00:00+00:00",
        "state": "rolled-back",
        "change": "shop:1.1.0 -> shop:1.2.0",
        "message": "it crashed",
    }
