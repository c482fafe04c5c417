"""The chart holds what is also elsewhere as it is there."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
import yaml

from tests.helm.values_schema import written

ROOT = Path(__file__).parents[2]
CHART = ROOT / "charts" / "watch-cluster"


def test_every_value_is_in_the_schema_and_has_a_default() -> None:
    values = yaml.safe_load((CHART / "values.yaml").read_text())
    assert values.keys() | {"global"} == written()["properties"].keys()


def test_the_version_is_that_of_the_project() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text())
    assert chart["version"] == chart["appVersion"] == project["version"]


@pytest.mark.parametrize("name", ["alerts.yaml", "dashboard.json"])
def test_the_rules_and_the_dashboard_are_those_of_the_project(name: str) -> None:
    # A chart holds all its files itself.
    ours, original = CHART / "files" / name, ROOT / "monitoring" / name
    assert ours.read_text() == original.read_text(), f"cp monitoring/{name} charts/watch-cluster/files/"
