"""The commands that the pages in docs/ show, run page by page as a reader would; README.md has a test of its own."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from tests.cluster.build import cached_binary
from tests.cluster.cluster import Cluster, deployment, own_cluster
from tests.cluster.registry.images import push
from tests.e2e.process import PATIENCE_SECONDS, command, process_environment

ROOT: Final = Path(__file__).parents[3]
BLOCK: Final = re.compile(r"^( *)```sh\n(.*?)^ *```", re.DOTALL | re.MULTILINE)
PAGES: Final = sorted(
    page for page in (ROOT / "docs").glob("*.md") if not page.name.endswith(".ko.md") and BLOCK.search(page.read_text())
)
TESTED_ELSEWHERE: Final = {
    "helm ": "tests/helm/test_release.py",
    "kubectl apply -k": "tests/e2e/installation/test_kustomize.py",
    "watch-cluster git": "tests/gitops/test_git_command.py",
    "pass show": "tests/e2e/commands/test_asking.py",
    "watch-cluster tags": "tests/unit/entrypoints/cli/test_tags.py",
    "docker inspect": "tests/unit/entrypoints/cli/test_migrate.py",
    "uv run python -m tests.benchmarks": "docs/performance.md",
    "curl https://hooks.example/hooks/generic": "tests/e2e/test_hooks.py",
    "docker compose": "tests/docker/test_compose.py",
    "docker ": "tests/docker/test_process.py",
}
"""What the beginning of a command leads to, and the file where it is tried, or what it prints is kept."""
NOT_OURS: Final = ("gh ", "az ", "gcloud ", "curl ", "uv sync", "OTEL_EXPORTER_OTLP_ENDPOINT=")
"""Services of others, what installs packages, and a line that only sets a variable."""


def commands_of(page: Path) -> list[str]:
    """The commands that the test runs."""
    lines = [
        re.sub(r" +# .*", "", line).strip()
        for _, block in BLOCK.findall(page.read_text())
        for line in _joined(block).splitlines()
    ]
    return [line for line in lines if line and not line.startswith((*TESTED_ELSEWHERE, *NOT_OURS))]


def _joined(block: str) -> str:
    """The block with one command on each line: `\\` and an open quote continue a line."""
    joined = re.sub(r"\\\n *", "", block)
    return re.sub(r"'[^']*'", lambda quoted: quoted[0].replace("\n", " "), joined)


RUN: Final = [page for page in PAGES if commands_of(page)]


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A cluster of its own: readers also uninstall."""
    binary = cached_binary()
    if binary is None:
        pytest.skip("needs the control plane: run once with --cluster")
    started = own_cluster(binary, tmp_path_factory.mktemp("documents"))
    yield started
    started.stop()


@pytest.fixture
def reader(cluster: Cluster, tmp_path: Path) -> Iterator[dict[str, str]]:
    """The environment of a reader who has installed Watch-Cluster and has what the page speaks of."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for name, words in (("kubectl", cluster.kubectl.command), ("watch-cluster", command())):
        quoted = " ".join(f"'{word}'" for word in words)
        (programs / name).write_text(f'#!/bin/sh\nexec {quoted} "$@"\n')
        (programs / name).chmod(0o755)
    for folder in ("k8s", "kustomize", "monitoring"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    for name in ("ca.pem", "channels.yaml", "values.yaml"):
        (tmp_path / name).touch()
    (tmp_path / "deploy").mkdir()
    (tmp_path / ".docker").mkdir()
    (tmp_path / ".docker" / "config.json").write_text("{}")

    for tag in ("1.0.0", "1.1.0"):
        push(cluster.registry, "app", tag, "good", 1)
    for namespace in ("default", "shop", "production"):
        if namespace != "default":
            cluster.kubectl.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}})
        document = deployment("my-app", f"{cluster.registry}/app:1.0.0")
        settings = {"watch-cluster.io/enabled": "true", "watch-cluster.io/approval": "required"}
        document["metadata"] |= {"namespace": namespace, "annotations": settings}
        cluster.kubectl.apply(document)
    for name in ("namespace", "rbac", "configmap", "deployment"):
        cluster.kubectl("apply", "-f", str(ROOT / "k8s" / f"{name}.yaml"))
    yield process_environment({}) | {
        "PATH": f"{programs}:{process_environment({})['PATH']}",
        "HOME": str(tmp_path),
        "KUBECONFIG": str(cluster.admin_kubeconfig),
        "REGISTRY_PLAIN_HTTP": cluster.registry,
    }
    cluster.kubectl("delete", "deployment", "my-app", "--ignore-not-found")


@pytest.mark.parametrize("page", RUN, ids=lambda page: page.stem)
def test_the_commands_of_the_page_succeed(page: Path, reader: dict[str, str], tmp_path: Path) -> None:
    for line in commands_of(page):
        if line.startswith("kubectl get lease"):
            continue  # a controller that runs creates it: tests/integration/test_leadership.py
        done = subprocess.run(
            ["/bin/sh", "-c", line],
            cwd=tmp_path,
            env=reader,
            check=False,
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
        )
        assert done.returncode == 0, f"{line}: {done.stderr}"


@pytest.mark.parametrize("file", sorted(set(TESTED_ELSEWHERE.values())))
def test_what_is_tried_elsewhere_is_there(file: str) -> None:
    assert (ROOT / file).exists()
