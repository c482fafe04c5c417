"""What the tests on a Docker Engine share."""

from __future__ import annotations

import pytest

from tests.docker.cannot import CANNOT


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what an engine cannot have; a skip would be a failure where nothing may be skipped."""
    left_out = [item for item in items if "tests/docker/" in item.nodeid and item.name.partition("[")[0] in CANNOT]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]
