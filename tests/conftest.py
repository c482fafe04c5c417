"""What every test shares: the cluster, and the rules for tests that need it."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from functools import partial
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.cluster.build import CannotBuild, build_binary, cached_binary, workload_of
from tests.cluster.build_old import build_old
from tests.cluster.cluster import (
    KUBECONFIG_VARIABLE,
    REGISTRY_VARIABLE,
    Cluster,
    IncompleteEnvironment,
    cluster_with_real_node,
    foreign_cluster,
    names_foreign_cluster,
    own_cluster,
)
from tests.cluster.nodes.real_node import missing
from tests.docker import engine as docker
from tests.docker.engine import DockerEngine
from tests.signatures.make import build_program

pytest_plugins = [
    "tests.features.steps.notifications",
    "tests.features.steps.channels",
    "tests.features.steps.clock",
    "tests.features.steps.private_registries",
    "tests.features.steps.registry",
    "tests.features.steps.rollout",
    "tests.features.steps.workloads",
    "tests.features.steps.write_back",
]

# A machine that is busy makes no law untrue: how long an example takes is not tested.
settings.register_profile("full", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("fast", settings.get_profile("full"), max_examples=20)
settings.load_profile("full")

HOW_TO_ENABLE = (
    "needs a cluster: run pytest with --cluster, which builds a control plane with Go (8 to 14 minutes, once), or set"
    f" {KUBECONFIG_VARIABLE} and {REGISTRY_VARIABLE}"
)
_BINARY: pytest.StashKey[Path | None] = pytest.StashKey()
_OLD_BINARY: pytest.StashKey[Path] = pytest.StashKey()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--cluster",
        action="store_true",
        help="build the control plane for the cluster tests first; nothing may be skipped",
    )

    parser.addoption(
        "--node",
        action="store_true",
        help="run the tests on a real node as well: kubelet, containerd and runc, as root on Linux",
    )

    parser.addoption(
        "--old",
        action="store_true",
        help="build Kubernetes 1.20.15 first (8 to 20 minutes, once), and run the tests on it as well",
    )

    parser.addoption(
        "--docker",
        action="store_true",
        help="run the tests on a Docker Engine as well, which they start: docker.io, as root on Linux",
    )

    parser.addoption(
        "--helm",
        action="store_true",
        help="build Helm first (4 minutes of one core, once), and test the chart with it on a real API server",
    )

    parser.addoption(
        "--cosign",
        action="store_true",
        help="build cosign 2 and 3 first (10 to 20 minutes, once), and have them sign images",
    )

    parser.addoption(
        "--fuzz-seconds",
        type=float,
        default=0.0,
        help="for how long each fuzz test looks for inputs that break something; without it briefly, at the same ones",
    )


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "cluster: needs a Kubernetes cluster")
    config.addinivalue_line("markers", "exhaustive: goes through thousands of cases; `just test-fast` leaves it out")
    config.stash[_BINARY] = None
    try:
        if not names_foreign_cluster():
            config.stash[_BINARY] = _build(config, build_binary) if _must_build(config) else cached_binary()
            if config.getoption("--old"):
                config.stash[_OLD_BINARY] = _build(config, build_old)
        for generation in (2, 3) if config.getoption("--cosign") else ():
            _build(config, partial(build_program, generation))
    except (CannotBuild, IncompleteEnvironment) as error:
        raise pytest.UsageError(str(error)) from error
    if config.getoption("--node") and (lack := missing()) is not None:
        raise pytest.UsageError(f"--node: {lack}")
    if config.getoption("--docker") and (lack := docker.missing()) is not None:
        raise pytest.UsageError(f"--docker: {lack}")


def _must_build(config: pytest.Config) -> bool:
    return any(config.getoption(each) for each in ("--cluster", "--node", "--old", "--docker", "--helm"))


def _build(config: pytest.Config, build: Callable[[], Path]) -> Path:
    # A build takes minutes: its progress must be seen while pytest captures what is printed.
    capture = config.pluginmanager.getplugin("capturemanager")
    with capture.global_and_fixture_disabled() if capture is not None else nullcontext():
        return build()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    optional = {
        "--node": "node_cluster",
        "--old": "old_cluster",
        "--docker": "engine",
        "--helm": "helm",
        "--cosign": "real_cosign",
    }
    for option, fixture in optional.items():
        if not config.getoption(option):
            left_out = [item for item in items if fixture in getattr(item, "fixturenames", ())]
            config.hook.pytest_deselected(items=left_out)
            items[:] = [item for item in items if item not in left_out]
    for item in items:
        if "cluster" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.cluster)


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Where everything must run, a skip is a failure."""
    if exitstatus == pytest.ExitCode.OK and _forbidden_skips(session.config):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if skips := _forbidden_skips(config):
        terminalreporter.write_line(f"skipped, and nothing may be skipped here: {', '.join(skips)}", red=True)


def _forbidden_skips(config: pytest.Config) -> list[str]:
    """The names of the skipped tests, where none may be."""
    if not config.getoption("--cluster") and os.environ.get("CI") != "true":
        return []
    reporter = config.pluginmanager.getplugin("terminalreporter")
    return [report.nodeid for report in reporter.stats.get("skipped", [])] if reporter is not None else []


@pytest.fixture(scope="session")
def cluster(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    folder = tmp_path_factory.mktemp("cluster")
    binary = pytestconfig.stash[_BINARY]
    if names_foreign_cluster():
        started = foreign_cluster(folder)
    elif binary is not None:
        started = own_cluster(binary, folder)
    else:
        pytest.skip(HOW_TO_ENABLE)
    yield started
    started.stop()


@pytest.fixture(scope="session")
def node_cluster(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A control plane with a real node alone."""
    binary = pytestconfig.stash[_BINARY]
    assert binary is not None
    started = cluster_with_real_node(binary, tmp_path_factory.mktemp("node"))
    yield started
    started.stop()


@pytest.fixture(scope="session")
def old_cluster(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """The API server and the controllers of Kubernetes 1.20.15, with a simulated node."""
    binary = pytestconfig.stash[_BINARY]
    assert binary is not None
    started = own_cluster(binary, tmp_path_factory.mktemp("old"), pytestconfig.stash[_OLD_BINARY])
    yield started
    started.stop()


@pytest.fixture
def namespace(cluster: Cluster) -> Iterator[str]:
    name = f"test-{uuid.uuid4().hex[:8]}"
    cluster.kubectl("create", "namespace", name)
    yield name
    cluster.kubectl("delete", "namespace", name, "--wait=false")


@pytest.fixture(scope="session")
def engine(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Iterator[DockerEngine]:
    """A Docker Engine and a registry."""
    binary = pytestconfig.stash[_BINARY]
    assert binary is not None
    folder = tmp_path_factory.mktemp("docker")
    started = DockerEngine(binary, workload_of(binary).read_bytes(), folder)
    started.start()
    yield started
    started.stop()
