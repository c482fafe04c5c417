"""What holds for all values of the domain."""

from __future__ import annotations

import importlib
import pkgutil
from dataclasses import is_dataclass

import pytest

from watch_cluster import domain
from watch_cluster.domain.policy.settings_reader import SettingsReader

VALUES = {
    name: value
    for module in pkgutil.walk_packages(domain.__path__, f"{domain.__name__}.")
    for name, value in vars(importlib.import_module(module.name)).items()
    # It is no value, and collects what it reads.
    if isinstance(value, type) and is_dataclass(value) and value is not SettingsReader
}


@pytest.mark.parametrize("value", VALUES.values(), ids=VALUES)
def test_nothing_in_a_value_can_be_set_anew_or_added(value: type) -> None:
    assert value.__dataclass_params__.frozen  # type: ignore[attr-defined]
    assert "__slots__" in vars(value)
