"""The commands that README.md shows, run in their order as a reader would."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster.cluster import Cluster

ROOT = Path(__file__).parents[3]
COMMANDS = [
    line
    for block in re.findall(r"```sh\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    for line in block.splitlines()
]
ELSEWHERE = {
    "python3 -m venv": "CI runs the tests by exactly that line; the commands after it have tests of their own",
    "docker ": "there is no engine here: test_dockerfile.py runs the Dockerfile's steps",
    "kubectl logs": "the simulated node runs no container that could have written any",
    "kubectl exec": "the simulated node runs no container to execute a command in",
    "kubectl edit": "it opens an editor",
    "watch-cluster run": "it runs until somebody stops it: test_update.py runs it",
}
EXPECTED = {
    "kubectl get deployment -n watch-cluster watch-cluster": "watch-cluster",
    "kubectl get deployment example-app": "example-app",
    "kubectl rollout restart": "restarted",
    "kubectl get configmap watch-cluster-config": "WEBHOOK_RETRY_COUNT",
}


@pytest.fixture
def shell(cluster: Cluster, tmp_path: Path) -> Iterator[dict[str, str]]:
    """An environment in which `kubectl` is the one that reaches the cluster."""
    program = tmp_path / "kubectl"
    quoted = " ".join(f"'{part}'" for part in cluster.kubectl.command)
    program.write_text(f'#!/bin/sh\nexec {quoted} "$@"\n')
    program.chmod(0o755)
    cluster.kubectl("create", "deployment", "my-app", "--image=docker.io/library/nginx:1.27.0")
    yield {"PATH": f"{tmp_path}:{os.environ['PATH']}", "HOME": str(tmp_path)}
    cluster.kubectl("delete", "deployment", "my-app", "hello", "example-app", "--ignore-not-found")
    cluster.kubectl("delete", "-f", str(ROOT / "k8s" / "deployment.yaml"), "--ignore-not-found")
    cluster.kubectl("delete", "-f", str(ROOT / "k8s" / "configmap.yaml"), "--ignore-not-found")


def test_every_command_of_the_readme_does_what_it_says(shell: dict[str, str]) -> None:
    run = 0
    for command in COMMANDS:
        if command.startswith(tuple(ELSEWHERE)):
            continue
        done = subprocess.run(
            ["/bin/sh", "-c", command], cwd=ROOT, env=shell, check=False, capture_output=True, text=True, timeout=60
        )
        assert done.returncode == 0, f"{command}: {done.stderr}"
        for start, words in EXPECTED.items():
            assert not command.startswith(start) or words in done.stdout, f"{command}: {done.stdout}"
        run += 1
    assert run > 15
