"""A real Helm, as a person would use it."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from tests.cluster.build import go_program

CHART: Final = Path(__file__).parents[2] / "charts" / "watch-cluster"
MODULE: Final = Path(__file__).parent / "helm"
PACKAGE: Final = "helm.sh/helm/v3/cmd/helm"


class HelmFailed(Exception):  # noqa: N818 - the name says what is wrong
    """Helm said no; the message is what it printed."""


@dataclass(frozen=True, slots=True)
class Helm:
    """Runs Helm with a home of its own."""

    program: Path
    home: Path

    def __call__(self, *arguments: str, kubeconfig: Path | None = None) -> str:
        """Run it and return what it printed. Raises `HelmFailed`."""
        environment = {"PATH": os.environ["PATH"], "HOME": str(self.home)}
        if kubeconfig is not None:
            environment["KUBECONFIG"] = str(kubeconfig)
        done = subprocess.run(
            [self.program, *arguments], env=environment, check=False, capture_output=True, text=True, timeout=120
        )
        if done.returncode != 0:
            raise HelmFailed(done.stderr or done.stdout)
        return done.stdout

    def template(self, values: dict[str, Any] | None = None) -> list[dict[str, Any]]:
        """Render the chart as a release named watch-cluster in a namespace of that name, without its tests."""
        file = self.home / "values.json"
        file.write_text(json.dumps(values or {}))
        rendered = self(
            *("template", "watch-cluster", str(CHART), "--namespace", "watch-cluster", "--skip-tests"),
            *("--values", str(file)),
        )
        return [each for each in yaml.safe_load_all(rendered) if each is not None]


@pytest.fixture(scope="session")
def helm(tmp_path_factory: pytest.TempPathFactory) -> Helm:
    program = go_program(MODULE, PACKAGE, build=True)
    assert program is not None
    return Helm(program, tmp_path_factory.mktemp("helm"))
