"""The YAML of docs/how-to.md and docs/install.md, as the API server, kustomize and the settings take it."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.cluster.cluster import Cluster
from watch_cluster.adapters.re2.tag_patterns import compile_tag_pattern
from watch_cluster.domain.policy.setting_specs import SPECS
from watch_cluster.entrypoints.settings.settings import Settings

ROOT = Path(__file__).parents[3]


def examples(name: str) -> list[Any]:
    text = (ROOT / "docs" / name).read_text()
    return [yaml.safe_load(block) for block in re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)]


ALL = [
    pytest.param(example, id=f"{name}-{number}")
    for name in ("how-to.md", "install.md")
    for number, example in enumerate(examples(name))
]
OVERLAYS = [
    example
    for name in ("how-to.md", "install.md")
    for example in examples(name)
    if example.get("kind") == "Kustomization"
]


@pytest.mark.parametrize("example", ALL)
def test_the_settings_of_an_example_are_valid(example: dict[str, Any]) -> None:
    if example.get("kind") == "ConfigMap":
        Settings.read(example["data"])
    for key, value in example.get("metadata", {}).get("annotations", {}).items():
        if key in SPECS:
            SPECS[key].parse(value, compile_tag_pattern)


@pytest.mark.parametrize("example", OVERLAYS)
def test_an_overlay_builds_and_the_api_server_accepts_it(
    cluster: Cluster, tmp_path: Path, example: dict[str, Any]
) -> None:
    shutil.copytree(ROOT / "k8s", tmp_path / "k8s")
    overlay = tmp_path / "mine"
    overlay.mkdir()
    (overlay / "kustomization.yaml").write_text(yaml.safe_dump(example))
    applied = cluster.kubectl("apply", "--dry-run=server", "-k", str(overlay))
    assert "deployment.apps/watch-cluster" in applied
