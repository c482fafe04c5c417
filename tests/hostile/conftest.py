"""An honest team and a hostile tenant on one cluster, watched by one process."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster.cluster import Cluster, leases_in
from tests.e2e.conftest import Team
from tests.hostile.tenant import Tenant


@pytest.fixture
def team(cluster: Cluster, namespace: str, tmp_path: Path) -> Iterator[Team]:
    """The honest ones; their process watches all namespaces."""
    if cluster.control_plane is None:
        pytest.skip("attacks the cluster, which is not the tests' own")
    cluster.kubectl.apply(*leases_in(namespace))
    made = Team(cluster, namespace, tmp_path)
    made.environment["WATCH_NAMESPACES"] = ""
    made.environment["LOG_LEVEL"] = "info"
    yield made
    made.end()


@pytest.fixture
def tenant(cluster: Cluster) -> Iterator[Tenant]:
    """The hostile one, whose namespace is gone with everything in it before the next test begins."""
    name = f"hostile-{uuid.uuid4().hex[:8]}"
    cluster.kubectl("create", "namespace", name)
    made = Tenant.in_namespace(cluster, name)
    yield made
    made.close()
    cluster.kubectl("delete", "namespace", name, "--wait=false")


@pytest.fixture
def tenants(cluster: Cluster) -> Iterator[list[Tenant]]:
    """Four hostile tenants, each with a namespace."""
    names = [f"hostile-{uuid.uuid4().hex[:8]}" for _ in range(4)]
    made = []
    for name in names:
        cluster.kubectl("create", "namespace", name)
        made.append(Tenant.in_namespace(cluster, name))
    yield made
    for each in made:
        each.close()
    for name in names:
        cluster.kubectl("delete", "namespace", name, "--wait=false")
