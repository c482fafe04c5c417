"""What every test shares: the cluster, and the rules for tests that need it."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster.build import CannotBuild, build_binary, cached_binary
from tests.cluster.cluster import KUBECONFIG_VARIABLE, REGISTRY_VARIABLE, Cluster, foreign_cluster, own_cluster

pytest_plugins = [
    "tests.features.steps.clock",
    "tests.features.steps.registry",
    "tests.features.steps.rollout",
    "tests.features.steps.workloads",
]

HOW_TO_ENABLE = (
    "needs a cluster: run pytest with --cluster, which builds a control plane with Go (8 to 14 minutes, once), or set"
    f" {KUBECONFIG_VARIABLE} and {REGISTRY_VARIABLE}"
)
_BINARY: pytest.StashKey[Path | None] = pytest.StashKey()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--cluster", action="store_true", help="build the control plane for the cluster tests first; nothing may be skipped"
    )


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "cluster: needs a Kubernetes cluster")
    config.stash[_BINARY] = None
    if foreign_cluster() is not None:
        return
    try:
        config.stash[_BINARY] = build_binary() if config.getoption("--cluster") else cached_binary()
    except CannotBuild as error:
        raise pytest.UsageError(f"--cluster: {error}") from error


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    runnable = foreign_cluster() is not None or config.stash[_BINARY] is not None
    for item in items:
        if "cluster" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.cluster)
            if not runnable:
                item.add_marker(pytest.mark.skip(reason=HOW_TO_ENABLE))


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Where everything must run, a skip is a failure."""
    strict = session.config.getoption("--cluster") or os.environ.get("CI") == "true"
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    skipped = reporter.stats.get("skipped", []) if reporter is not None else []
    if strict and skipped and exitstatus == pytest.ExitCode.OK:
        reporter.write_line(f"{len(skipped)} tests were skipped, and none may be here", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.fixture(scope="session")
def cluster(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    there = foreign_cluster()
    if there is not None:
        yield there
        return
    binary = pytestconfig.stash[_BINARY]
    assert binary is not None
    own = own_cluster(binary, tmp_path_factory.mktemp("cluster"))
    yield own
    own.stop()


@pytest.fixture
def namespace(cluster: Cluster) -> Iterator[str]:
    name = f"test-{uuid.uuid4().hex[:8]}"
    cluster.kubectl("create", "namespace", name)
    yield name
    cluster.kubectl("delete", "namespace", name, "--wait=false")
