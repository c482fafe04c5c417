"""Every feature, on the in-memory orchestrator."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_bdd import scenarios

from tests.features.worlds.memory import MemoryWorld


@pytest.fixture
def world(tmp_path: Path) -> Iterator[MemoryWorld]:
    memory = MemoryWorld(tmp_path)
    yield memory
    memory.close()


scenarios(".")
