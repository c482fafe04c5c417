"""Every feature, on a real control plane and a real registry."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_bdd import scenarios

from tests.cluster.cluster import Cluster
from tests.features.worlds.cluster import ClusterWorld


@pytest.fixture
def world(cluster: Cluster, namespace: str, tmp_path: Path) -> Iterator[ClusterWorld]:
    real = ClusterWorld(cluster, namespace, tmp_path)
    yield real
    real.close()


scenarios(".")
