"""The features about instances that fare in different ways, with real containers."""

from __future__ import annotations

import pytest
from pytest_bdd import scenarios

pytestmark = pytest.mark.usefixtures("node_cluster")
scenarios(
    "../features/following_rollouts.feature",
    "../features/kinds.feature",
    "../features/latest_updates.feature",
    "../features/other_hands.feature",
    "../features/rolling_back.feature",
)
