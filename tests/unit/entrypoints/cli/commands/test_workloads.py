"""The output of `watch-cluster list`."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime, timedelta

import pytest
from rich.console import Console

from watch_cluster.application.commands.list_workloads import ListedWorkload
from watch_cluster.domain.policy.rollout_settings import RolloutSettings
from watch_cluster.domain.rollout.record.lifecycle import RolloutState
from watch_cluster.domain.rollout.record.record import RolloutRecord
from watch_cluster.domain.workload.workload import ImageChange, WorkloadKey
from watch_cluster.entrypoints.output.workloads import print_json, print_text

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
RECORD = RolloutRecord(
    "0123456789ab",
    "uid",
    (ImageChange("app", "registry.example/shop:1.0.0", "registry.example/shop:1.1.0"),),
    NOW - timedelta(hours=3),
    RolloutSettings(timedelta(minutes=10), timedelta(seconds=30)),
    RolloutState.DONE,
    ended=NOW - timedelta(hours=2),
)


def listed(name: str, **fields: object) -> ListedWorkload:
    values: dict[str, object] = {
        "key": WorkloadKey("default", "Deployment", name),
        "images": ("registry.example/shop:1.1.0",),
        "policy": None,
        "error": None,
        "next_check": NOW + timedelta(minutes=4),
        "last_rollout": None,
        "pending": None,
        "freeze": None,
    }
    return ListedWorkload(**(values | fields))  # type: ignore[arg-type]


def printed(*workloads: ListedWorkload) -> list[str]:
    console = Console(file=io.StringIO(), width=80)
    print_text(workloads, NOW, console)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue().splitlines()


def test_prints_first_what_wants_attention() -> None:
    lines = printed(listed("fine", last_rollout=RECORD), listed("held", pending="2.0.0", freeze="stock-taking"))
    assert lines == [
        "2 workloads, 1 want attention",
        "Attention",
        "  default/Deployment/held  registry.example/shop 1.1.0  next check in 4 min",
        "      waits for you: 2.0.0",
        "      frozen: stock-taking",
        "Watched",
        "  default/Deployment/fine  registry.example/shop 1.1.0  next check in 4 min",
        "      last rollout 2 h ago: done: registry.example/shop 1.0.0 → 1.1.0",
    ]


def test_a_check_that_is_due_by_now_is_next_now() -> None:
    lines = printed(listed("shop", next_check=NOW - timedelta(seconds=5)))
    assert lines[-1].endswith("  next check now")


def test_prints_what_is_wrong_with_the_settings() -> None:
    assert "      invalid configuration: cron: 'soon'" in printed(listed("shop", error="cron: 'soon'", next_check=None))


def test_says_how_to_opt_in_if_no_workload_is_watched() -> None:
    assert printed() == ['No workload is annotated with watch-cluster.io/enabled: "true".']


def test_prints_json(capsys: pytest.CaptureFixture[str]) -> None:
    print_json((listed("shop", last_rollout=RECORD),))
    [workload] = json.loads(capsys.readouterr().out)["workloads"]
    assert workload == {
        "workload": "default/Deployment/shop",
        "images": ["registry.example/shop:1.1.0"],
        "settings": {},
        "error": None,
        "pending": None,
        "quarantined": [],
        "freeze": None,
        "last_rollout": {
            "state": "done",
            "change": "registry.example/shop:1.0.0 -> registry.example/shop:1.1.0",
            "started": "2026-01-01T09:00:00+00:00",
            "ended": "2026-01-01T10:00:00+00:00",
        },
        "next_check": "2026-01-01T12:04:00+00:00",
    }
