"""docker-compose.yaml, read by a real Docker Compose."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.docker.engine import ADMINISTRATION

FILE = Path(__file__).parents[2] / "docker-compose.yaml"


def test_compose_understands_the_file() -> None:
    program = shutil.which("docker-compose", path=ADMINISTRATION)
    if program is None:
        pytest.skip("install docker-compose")
    done = subprocess.run([program, "--file", str(FILE), "config"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    [service] = yaml.safe_load(done.stdout)["services"].values()
    assert service["image"] == "watch-cluster:latest"
    assert service["read_only"]
