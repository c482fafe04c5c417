"""The orchestrator is the one that is set, else the one that there is."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from watch_cluster.entrypoints.container.orchestrators import chosen_orchestrator
from watch_cluster.entrypoints.settings.settings import Settings

IN_POD = {"KUBERNETES_SERVICE_HOST": "10.0.0.1"}


@pytest.mark.parametrize(
    ("given", "environment", "with_kubeconfig", "with_socket", "chosen"),
    [
        pytest.param({"ORCHESTRATOR": "docker"}, IN_POD, True, False, "docker", id="set"),
        pytest.param({}, IN_POD, False, True, "kubernetes", id="in a Pod"),
        pytest.param({"KUBECONFIG": "x"}, {}, False, True, "kubernetes", id="a kubeconfig is set"),
        pytest.param({"DOCKER_HOST": "unix:///x"}, {}, True, False, "docker", id="an engine is set"),
        pytest.param({}, {}, True, True, "kubernetes", id="the default kubeconfig"),
        pytest.param({}, {}, False, True, "docker", id="a socket"),
        pytest.param({}, {}, False, False, "kubernetes", id="nothing"),
    ],
)
def test_the_orchestrator_is_found(
    tmp_path: Path,
    given: dict[str, Any],
    environment: Mapping[str, str],
    with_kubeconfig: bool,
    with_socket: bool,
    chosen: str,
) -> None:
    if with_kubeconfig:
        (tmp_path / ".kube").mkdir()
        (tmp_path / ".kube" / "config").touch()
    engine = tmp_path / "docker.sock"
    with socket.socket(socket.AF_UNIX) as listener:
        if with_socket:
            listener.bind(str(engine))
        assert chosen_orchestrator(Settings(**given), environment, tmp_path, engine) == chosen


@pytest.mark.parametrize(
    ("variables", "absent"),
    [
        pytest.param({"ORCHESTRATOR": "docker"}, "kubernetes", id="Docker"),
        pytest.param({"ORCHESTRATOR": "kubernetes"}, "watch_cluster.adapters.docker", id="Kubernetes"),
    ],
)
def test_nothing_of_the_other_orchestrator_is_imported(tmp_path: Path, variables: dict[str, str], absent: str) -> None:
    kubeconfig = tmp_path / "config"
    kubeconfig.write_text(
        "{clusters: [{name: t, cluster: {server: 'http://127.0.0.1:1'}}], users: [{name: t, user: {}}],"
        " contexts: [{name: t, context: {cluster: t, user: t}}], current-context: t}"
    )
    program = (
        "import os, sys\n"
        "from watch_cluster.entrypoints.settings.settings import Settings\n"
        "from watch_cluster.entrypoints.container.container import Container\n"
        "container = Container(settings=Settings.read(os.environ))\n"
        "container.controller()\n"
        f"sys.exit({absent!r} in sys.modules)\n"
    )
    environment = {**os.environ, **variables, "KUBECONFIG": str(kubeconfig), "STATE_FOLDER": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
