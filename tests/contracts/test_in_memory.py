"""The orchestrator in memory keeps the contracts of its ports."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.contracts.history import HistoryContract
from tests.contracts.observing import ObservingContract
from tests.contracts.world import USER, World
from tests.contracts.writing import ReadingContract, WritingContract
from tests.fakes.orchestrator import FakeOrchestrator
from tests.fakes.timing import FakeClock
from watch_cluster.domain.images.platform import Node, Platform
from watch_cluster.domain.workload.annotation import ENABLED
from watch_cluster.domain.workload.workload import Container


class MemoryWorld(World):
    def __init__(self) -> None:
        self._clock = FakeClock()
        self._memory = FakeOrchestrator(self._clock)
        self._memory.machines = (Node(Platform.of("linux", "amd64"), {}, ()),)
        self._memory.may_remove = False
        super().__init__(self._memory.ports(), "default")

    def image(self, tag: str) -> str:
        return f"shop:{tag}"

    def create(self, name: str, *, enabled: bool = True) -> None:
        self._memory.create(self.key(name), [Container("app", self.image("1"))], {ENABLED: "true"} if enabled else {})

    def set_image(self, name: str, tag: str) -> None:
        self._memory.set_image(self.key(name), "app", self.image(tag), USER)

    def delete(self, name: str) -> None:
        self._memory.delete(self.key(name))

    def permit_replacement(self) -> None:
        self._memory.may_remove = True

    def eventually(self, condition: Callable[[], bool], what: str) -> None:
        for _ in range(60):
            if condition():
                return
            self._clock.advance(timedelta(seconds=1))
            self._memory.settle()
        pytest.fail(what)


@pytest.fixture
def world() -> World:
    return MemoryWorld()


class TestReading(ReadingContract):
    pass


class TestWriting(WritingContract):
    pass


class TestObserving(ObservingContract):
    pass


class TestHistory(HistoryContract):
    pass
