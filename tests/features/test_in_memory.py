"""Every feature, on the in-memory orchestrator."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytest_bdd import scenarios

from tests.features.memory_world import MemoryWorld


@pytest.fixture
def world() -> Iterator[MemoryWorld]:
    memory = MemoryWorld()
    yield memory
    memory.close()


scenarios(".")
