"""What the tests on a real node share."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from tests.cluster.cluster import Cluster
from tests.features.worlds.cluster import ClusterWorld

PATIENCE_SECONDS: Final = 90.0
"""A kubelet takes its time to restart what crashes."""


@pytest.fixture
def node_namespace(node_cluster: Cluster) -> Iterator[str]:
    name = f"test-{uuid.uuid4().hex[:8]}"
    node_cluster.kubectl("create", "namespace", name)
    yield name
    node_cluster.kubectl("delete", "namespace", name, "--wait=false")


@pytest.fixture
def world(node_cluster: Cluster, node_namespace: str, tmp_path: Path) -> Iterator[ClusterWorld]:
    real = ClusterWorld(node_cluster, node_namespace, tmp_path, PATIENCE_SECONDS)
    yield real
    real.close()
