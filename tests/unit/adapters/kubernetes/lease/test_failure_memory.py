"""Failures on a Lease and in memory: one leader adds, the next one reads, and no namespace crowds out others."""

from __future__ import annotations

from collections.abc import Callable
from threading import Thread

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.timing import FakeClock
from tests.unit.adapters.kubernetes.fake_leases import FakeLeases
from watch_cluster.adapters.kubernetes.lease.failure_memory import FAILURES, LeaseFailureMemory
from watch_cluster.adapters.kubernetes.lease.store import LeaseUnavailable
from watch_cluster.adapters.memory.failure_memory import InProcessFailureMemory
from watch_cluster.application.ports.failure_memory import (
    MOST,
    MOST_OF_A_NAMESPACE,
    FailureMemory,
    FailureMemoryUnavailable,
    merged,
)


@pytest.fixture
def leases() -> FakeLeases:
    return FakeLeases(FakeClock())


@pytest.fixture(params=["lease", "memory"])
def memory(request: pytest.FixtureRequest, leases: FakeLeases) -> FailureMemory:
    made: dict[str, Callable[[], FailureMemory]] = {
        "lease": lambda: LeaseFailureMemory(leases),
        "memory": InProcessFailureMemory,
    }
    return made[request.param]()


def proofs(namespace: int, number: int) -> tuple[str, ...]:
    return tuple(f"proof-{namespace}-{each:016}" for each in range(number))


def test_is_empty_at_first(memory: FailureMemory) -> None:
    assert memory.failures() == {}


def test_keeps_what_is_added_once(memory: FailureMemory) -> None:
    memory.add({"one": ("a", "b")})
    memory.add({"two": ("c",), "one": ("b", "d")})
    assert memory.failures() == {"one": ("a", "b", "d"), "two": ("c",)}


def test_of_one_namespace_the_latest_are_kept_and_others_lose_nothing(memory: FailureMemory) -> None:
    memory.add({"honest": ("h",)})
    memory.add({"hostile": proofs(0, 1000)})
    assert memory.failures() == {"honest": ("h",), "hostile": proofs(0, 1000)[-MOST_OF_A_NAMESPACE:]}


def test_of_too_many_the_namespaces_with_most_lose_theirs_first(memory: FailureMemory) -> None:
    memory.add({"honest": ("h",)})
    for number in range(60):
        memory.add({f"hostile-{number}": proofs(number, MOST_OF_A_NAMESPACE)})
    kept = memory.failures()
    assert kept["honest"] == ("h",)
    assert sum(len(each) for each in kept.values()) == MOST
    assert len(kept) == 61


@given(st.lists(st.dictionaries(st.sampled_from("abcdef"), st.integers(1, 40).map(lambda most: proofs(0, most)))))
def test_what_is_kept_was_added_and_is_bounded(added: list[dict[str, tuple[str, ...]]]) -> None:
    kept: dict[str, tuple[str, ...]] = {}
    for each in added:
        kept = merged(kept, each)
    assert all(0 < len(each) <= MOST_OF_A_NAMESPACE and len(set(each)) == len(each) for each in kept.values())
    assert kept.keys() == {namespace for each in added for namespace in each}


def test_the_longest_names_fit_into_an_object(leases: FakeLeases) -> None:
    memory = LeaseFailureMemory(leases)
    memory.add({f"{number:063}": ("x" * 20,) for number in range(2 * MOST)})
    assert len(memory.failures()) == MOST
    assert leases.record is not None
    assert len(leases.record.annotation(FAILURES) or "") < 200_000


@pytest.mark.parametrize(
    "written",
    ["", "{", "[]", "7", "[" * 100_000, '{"one": 7}', '{"One Two": "a"}', '{"one": "\\u202e é"}', " " * 300_000],
)
def test_what_somebody_else_wrote_there_is_left_out(leases: FakeLeases, written: str) -> None:
    leases.write(leases.new(None).with_annotation(FAILURES, written), 1)
    memory = LeaseFailureMemory(leases)
    assert memory.failures() == {}
    memory.add({"one": ("a",)})
    assert memory.failures() == {"one": ("a",)}


def test_two_replicas_that_add_at_the_same_time_lose_nothing(leases: FakeLeases) -> None:
    adding = [Thread(target=LeaseFailureMemory(leases).add, args=({f"n{number}": ("a",)},)) for number in range(4)]
    for each in adding:
        each.start()
    for each in adding:
        each.join()
    assert sorted(LeaseFailureMemory(leases).failures()) == ["n0", "n1", "n2", "n3"]


def test_a_lease_that_cannot_be_reached_is_said(leases: FakeLeases) -> None:
    leases.fault = LeaseUnavailable("forbidden: kubectl apply …", "403")
    memory = LeaseFailureMemory(leases)
    with pytest.raises(FailureMemoryUnavailable, match="forbidden"):
        memory.failures()
    with pytest.raises(FailureMemoryUnavailable, match="forbidden"):
        memory.add({"one": ("a",)})
