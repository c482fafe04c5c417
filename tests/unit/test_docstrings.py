"""What docstrings show is true."""

from __future__ import annotations

import doctest
import importlib
import pkgutil
from importlib.util import find_spec
from pathlib import Path

import pytest

import watch_cluster


def has_examples(module: str) -> bool:
    spec = find_spec(module)
    assert spec is not None
    assert spec.origin is not None
    return ">>> " in Path(spec.origin).read_text()


MODULES = sorted(
    module.name
    for module in pkgutil.walk_packages(watch_cluster.__path__, "watch_cluster.")
    if has_examples(module.name)
)


@pytest.mark.parametrize("name", MODULES)
def test_examples_come_out_as_written(name: str) -> None:
    results = doctest.testmod(importlib.import_module(name))
    assert results.attempted > 0
    assert results.failed == 0


def test_there_are_examples() -> None:
    assert MODULES
