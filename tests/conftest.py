"""What every test shares."""

from __future__ import annotations

pytest_plugins = [
    "tests.features.steps.clock",
    "tests.features.steps.registry",
    "tests.features.steps.rollout",
    "tests.features.steps.workloads",
]
