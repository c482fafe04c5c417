"""What docstrings show is true."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import pytest

import watch_cluster

MODULES = sorted(
    module.name
    for module in pkgutil.walk_packages(watch_cluster.__path__, "watch_cluster.")
    if not module.name.endswith("__main__")
)


@pytest.mark.parametrize("name", MODULES)
def test_examples_come_out_as_written(name: str) -> None:
    assert doctest.testmod(importlib.import_module(name)).failed == 0


def test_there_are_examples() -> None:
    assert sum(doctest.testmod(importlib.import_module(name)).attempted for name in MODULES) > 0
