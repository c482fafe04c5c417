"""What the features need besides their steps."""

from __future__ import annotations

import pytest

KINDS_OF_KUBERNETES = frozenset({"StatefulSet", "DaemonSet", "CronJob"})
"""An engine has one kind: the rows of the others would run the same again."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the features on Docker unless asked for. A scenario does not name the fixtures of its steps."""
    on_docker = [each for each in items if each.path.name == "test_on_docker.py"]
    wanted = bool(config.getoption("--docker"))
    left_out = {each for each in on_docker if not wanted or _kind(each) in KINDS_OF_KUBERNETES}
    config.hook.pytest_deselected(items=list(left_out))
    items[:] = [each for each in items if each not in left_out]


def _kind(item: pytest.Item) -> str | None:
    """Return the kind in the row of examples that the item runs."""
    assert isinstance(item, pytest.Function)
    row = item.callspec.params.get("_pytest_bdd_example") if hasattr(item, "callspec") else None
    return row.get("kind") if isinstance(row, dict) else None
