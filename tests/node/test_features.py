"""The features about replicas with different problems, with real containers."""

from __future__ import annotations

import pytest
from pytest_bdd import scenarios

pytestmark = pytest.mark.usefixtures("node_cluster")
scenarios(
    "../features/rollout_progress.feature",
    "../features/workload_kinds.feature",
    "../features/digest_updates.feature",
    "../features/manual_changes.feature",
    "../features/rollback.feature",
)
