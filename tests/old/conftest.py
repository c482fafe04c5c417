"""The team of the tests on a control plane of Kubernetes 1.20.15."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster.cluster import Cluster, leases_in
from tests.e2e.conftest import Team

NAMESPACE = "shop"


@pytest.fixture
def team(old_cluster: Cluster, tmp_path: Path) -> Iterator[Team]:
    kubectl = old_cluster.kubectl
    kubectl("create", "namespace", NAMESPACE)
    kubectl.apply(*leases_in(NAMESPACE))
    made = Team(old_cluster, NAMESPACE, tmp_path)
    yield made
    made.end()
    kubectl("delete", "namespace", NAMESPACE)
