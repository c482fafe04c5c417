"""The features about instances that fare in different ways, with real containers."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from pytest_bdd import scenarios

from tests.cluster.cluster import Cluster
from tests.features.cluster_world import ClusterWorld

PATIENCE_SECONDS: Final = 90.0
"""A kubelet takes its time to restart what crashes."""


@pytest.fixture
def world(node_cluster: Cluster, tmp_path: Path) -> Iterator[ClusterWorld]:
    namespace = f"test-{uuid.uuid4().hex[:8]}"
    node_cluster.kubectl("create", "namespace", namespace)
    real = ClusterWorld(node_cluster, namespace, tmp_path, PATIENCE_SECONDS)
    yield real
    real.close()
    node_cluster.kubectl("delete", "namespace", namespace, "--wait=false")


scenarios(
    "../features/following_rollouts.feature",
    "../features/kinds.feature",
    "../features/latest_updates.feature",
    "../features/other_hands.feature",
    "../features/rolling_back.feature",
)
