"""The alert rules and the dashboard speak of what there is."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.unit.entrypoints.controller.test_controller import World
from watch_cluster.adapters.prometheus.metrics import PrometheusMetrics

ROOT = Path(__file__).parents[2]
MONITORING = ROOT / "monitoring"
NAME = re.compile(r"\b(?:watch_cluster|process)_[a-z_]+")


def expressions(found: Any) -> list[str]:
    """Every PromQL expression in a document."""
    if isinstance(found, dict):
        own = [found["expr"]] if isinstance(found.get("expr"), str) else []
        return own + [each for value in found.values() for each in expressions(value)]
    return [each for value in found for each in expressions(value)] if isinstance(found, list) else []


@pytest.fixture
def names() -> set[str]:
    """Every metric that the process has, by its name."""
    metrics = PrometheusMetrics()
    metrics.observe_rollout("done", 1)
    world = World()
    world.controller.measure(metrics)
    shown = metrics.render().decode()
    samples = {re.split(r"[{ ]", line)[0] for line in shown.splitlines() if not line.startswith("#")}
    families = {line.split()[2] for line in shown.splitlines() if line.startswith("# TYPE")}
    return samples | families


@pytest.mark.parametrize("file", ["alerts.yaml", "dashboard.json"])
def test_every_metric_that_is_queried_exists(file: str, names: set[str]) -> None:
    queried = {
        name for each in expressions(yaml.safe_load((MONITORING / file).read_text())) for name in NAME.findall(each)
    }
    assert queried
    assert queried <= names


def test_every_metric_is_documented(names: set[str]) -> None:
    documented = (ROOT / "docs" / "metrics.md").read_text()
    ours = {
        name
        for name in names
        if name.startswith("watch_cluster") and not name.endswith(("_created", "_sum", "_count", "_bucket"))
    }
    assert {name for name in ours if f"`{name}`" not in documented} == set()


@pytest.mark.parametrize("arguments", [("check", "rules", "alerts.yaml"), ("test", "rules", "alerts.test.yaml")])
def test_promtool_agrees(arguments: tuple[str, ...]) -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("needs promtool, of Debian's package prometheus")
    ended = subprocess.run([promtool, *arguments], cwd=MONITORING, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr


def test_a_dashboard_has_a_place_for_each_panel() -> None:
    panels = json.loads((MONITORING / "dashboard.json").read_text())["panels"]
    places = [(each["gridPos"]["x"], each["gridPos"]["y"]) for each in panels]
    assert len(set(places)) == len(places)
