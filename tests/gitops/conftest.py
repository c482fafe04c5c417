"""A registry, a Git server, and a folder of manifests."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from tests.gitops.git_server import GitServer
from watch_cluster.entrypoints.demo.registry import EmbeddedRegistry
from watch_cluster.entrypoints.main import app


@pytest.fixture
def registry() -> Iterator[EmbeddedRegistry]:
    server = EmbeddedRegistry()
    for tag in ("1.0.0", "1.1.0", "1.2.0-rc1"):
        server.push("shop", tag, tag)
    yield server
    server.close()


@pytest.fixture
def git_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[GitServer]:
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_SYSTEM", os.devnull)
    root = tmp_path / "repositories"
    root.mkdir()
    with GitServer(root) as server:
        yield server


@dataclass(frozen=True, slots=True)
class Result:
    status: int
    output: str
    errors: str

    @property
    def document(self) -> Any:
        return json.loads(self.output)


def watch_cluster(*arguments: str, **environment: str) -> Result:
    """Run the command to its end, in this process: starting another one takes seconds on a busy machine."""
    done = CliRunner().invoke(app, arguments, env={"LOG_LEVEL": "error"} | environment)
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exc_info
    return Result(done.exit_code, done.stdout, done.stderr)


def manifest(image: str, name: str = "shop", **annotations: str) -> str:
    """A Deployment as people write it."""
    written = {"enabled": "true"} | annotations
    lines = [f'    watch-cluster.io/{key.replace("_", "-")}: "{value}"' for key, value in written.items()]
    return f"""\
# The {name}.
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {name}
  namespace: default
  annotations:
{chr(10).join(lines)}
spec:
  template:
    spec:
      containers:
        - name: app
          image: {image} # keep me
"""
