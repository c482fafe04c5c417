"""The commands that the pages in docs/ show, run page by page as a reader would; README.md has a test of its own."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from tests.cluster.cluster import Cluster, leases_in
from tests.cluster.processes import wait_until
from tests.e2e.conftest import Team
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
    "kubectl get lease": "tests/integration/test_lease.py",
    "pass show": "tests/e2e/commands/test_asking.py",
    "watch-cluster tags": "tests/unit/entrypoints/cli/test_tags.py",
    "docker inspect": "tests/unit/entrypoints/cli/commands/test_migrate.py",
    "uv run python -m tests.benchmarks": "docs/performance.md",
    "curl https://hooks.example/hooks/generic": "tests/e2e/test_hooks.py",
    "docker compose": "tests/docker/test_compose.py",
    "docker ": "tests/docker/test_process.py",
}
"""What the beginning of a command leads to, and the file where it is tried, or what it prints is kept."""
NOT_OURS: Final = ("gh ", "az ", "gcloud ", "curl ", "uv sync", "OTEL_EXPORTER_OTLP_ENDPOINT=")
"""Services of others, what installs packages, and a line that only sets a variable."""
OWN: Final = "watch-cluster"
"""Watch-Cluster's namespace."""
NAMESPACES: Final = ("shop", "production")
"""The namespaces with workloads that the pages name, beside `default`."""


def blocks_of(page: Path) -> list[list[str]]:
    """The commands of the page, block by block."""
    return [
        [line for each in _joined(block).splitlines() if (line := re.sub(r" +# .*", "", each).strip())]
        for _, block in BLOCK.findall(page.read_text())
    ]


def run_of(page: Path) -> list[list[str]]:
    """The commands that the test runs, block by block."""
    kept = [
        [line for line in block if not line.startswith((*TESTED_ELSEWHERE, *NOT_OURS))] for block in blocks_of(page)
    ]
    return [block for block in kept if block]


def _joined(block: str) -> str:
    """The block with one command on each line: `\\` and an open quote continue a line."""
    joined = re.sub(r"\\\n *", "", block)
    return re.sub(r"'[^']*'", lambda quoted: quoted[0].replace("\n", " "), joined)


RUN: Final = [page for page in PAGES if run_of(page)]


def _apply(cluster: Cluster, *names: str) -> None:
    cluster.kubectl("apply", *_files(*names))


def _files(*names: str) -> list[str]:
    return [f"--filename={ROOT / 'k8s' / name}.yaml" for name in names]


@pytest.fixture(scope="module")
def installation(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Watch-Cluster's manifests, and in each namespace a workload `my-app`; the one in shop waits for approval."""
    if cluster.control_plane is None:
        pytest.skip("takes rights away, in a cluster that is not the tests' own")
    try:
        _apply(cluster, "namespace", "rbac", "configmap", "deployment")
        _deploy(cluster, tmp_path_factory)
        yield
    finally:
        _remove(cluster)


def _deploy(cluster: Cluster, folders: pytest.TempPathFactory) -> None:
    cluster.kubectl.apply(
        *({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}} for name in NAMESPACES),
        *leases_in("shop"),
    )
    teams = {name: Team(cluster, name, folders.mktemp(name)) for name in ("default", *NAMESPACES)}
    for team in teams.values():
        team.push("1.0.0")
        team.push("1.1.0")
        team.deploy("my-app", team.image("1.0.0"), approval="required")
    shop = teams["shop"]
    shop.start()
    try:
        wait_until(lambda: "pending" in shop.annotations("my-app"), "an update waits for approval", PATIENCE_SECONDS)
    finally:
        shop.end()


def _remove(cluster: Cluster) -> None:
    """Leave the cluster to the other tests as it was."""
    cluster.kubectl("delete", "namespace", *NAMESPACES, "--ignore-not-found", "--wait=false")
    cluster.kubectl("delete", "deployment", "my-app", "--ignore-not-found")
    cluster.kubectl("delete", "deployment,service,configmap,secret", "--all", "-n", OWN)
    cluster.kubectl("delete", "--ignore-not-found", *_files("namespaces-and-nodes", "unstick"))
    cluster.kubectl("annotate", "namespace", OWN, "watch-cluster.io/freeze-")
    _apply(cluster, "rbac")
    wait_until(lambda: not _left(cluster), "the namespaces are gone", PATIENCE_SECONDS)


def _left(cluster: Cluster) -> set[str]:
    return {each["metadata"]["name"] for each in cluster.read("/api/v1/namespaces")["items"]} & set(NAMESPACES)


@pytest.fixture
def reader(cluster: Cluster, tmp_path: Path) -> dict[str, str]:
    """The environment of a reader who has the programs and files that the pages speak of."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for name, words in (("kubectl", cluster.kubectl.command), ("watch-cluster", command())):
        quoted = " ".join(f"'{word}'" for word in words)
        (programs / name).write_text(f'#!/bin/sh\nexec {quoted} "$@"\n')
        (programs / name).chmod(0o755)
    shutil.copytree(ROOT / "k8s", tmp_path / "k8s")
    for name in ("ca.pem", "channels.yaml"):
        (tmp_path / name).touch()
    (tmp_path / "deploy").mkdir()
    (tmp_path / ".docker").mkdir()
    (tmp_path / ".docker" / "config.json").write_text("{}")
    path = process_environment({})["PATH"]
    return {
        "PATH": f"{programs}:{path}",
        "HOME": str(tmp_path),
        "KUBECONFIG": str(cluster.admin_kubeconfig),
        "REGISTRY_PLAIN_HTTP": cluster.registry,
    }


@pytest.mark.usefixtures("installation")
@pytest.mark.parametrize("page", RUN, ids=lambda page: page.stem)
def test_the_commands_of_the_page_succeed(page: Path, cluster: Cluster, reader: dict[str, str], tmp_path: Path) -> None:
    for block in run_of(page):
        for line in block:
            done = subprocess.run(
                ["/bin/sh", "-c", _harmless(line)],
                cwd=tmp_path,
                env=reader,
                check=False,
                capture_output=True,
                text=True,
                timeout=PATIENCE_SECONDS,
            )
            assert done.returncode == 0, f"{line}: {done.stderr}"
        if any(line.startswith("kubectl delete") for line in block):
            _apply(cluster, "rbac")  # The next block may need what this one took away.


def _harmless(line: str) -> str:
    """Leave the other tests their namespace and their ServiceAccount, whose token they use."""
    return f"{line} --dry-run=server" if line.startswith("kubectl delete -f") else line


@pytest.mark.parametrize(("beginning", "file"), TESTED_ELSEWHERE.items())
def test_what_is_tried_elsewhere_is_on_a_page_and_there(beginning: str, file: str) -> None:
    lines = [line for page in PAGES for block in blocks_of(page) for line in block]
    assert any(line.startswith(beginning) for line in lines)
    assert (ROOT / file).exists()
