"""Workloads wait in a queue of their namespace, and the namespaces take turns."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watch_cluster.application.state.namespace_queues import NamespaceQueues
from watch_cluster.domain.workload.workload import WorkloadKey


def key(namespace: str, name: str = "shop") -> WorkloadKey:
    return WorkloadKey(namespace, "Deployment", name)


def queues(*keys: WorkloadKey) -> NamespaceQueues:
    made = NamespaceQueues()
    for each in keys:
        made.put(each)
    return made


def test_returns_the_workload_of_a_namespace_that_has_waited_longest() -> None:
    waiting = queues(key("a", "first"), key("b", "other"), key("a", "second"))
    assert [waiting.take("a"), waiting.take("a")] == [key("a", "first"), key("a", "second")]
    assert list(waiting.sizes()) == [("b", 1)]


def test_a_workload_that_waits_already_keeps_its_place() -> None:
    waiting = queues(key("a", "first"), key("a", "second"), key("a", "first"))
    assert len(waiting) == 2
    assert waiting.take("a") == key("a", "first")


def test_the_namespace_that_was_served_last_comes_last() -> None:
    waiting = queues(key("a", "1"), key("a", "2"), key("b", "1"), key("c", "1"))
    waiting.take("a")
    assert [namespace for namespace, _ in waiting.sizes()] == ["b", "c", "a"]


def test_a_namespace_without_waiting_workloads_is_forgotten() -> None:
    waiting = queues(key("a"), key("b"))
    waiting.remove(key("a"))
    assert (key("a") in waiting, key("b") in waiting) == (False, True)
    assert list(waiting.sizes()) == [("b", 1)]
    with pytest.raises(KeyError):
        waiting.take("a")


def test_removing_a_workload_that_does_not_wait_changes_nothing() -> None:
    waiting = queues(key("a"))
    waiting.remove(key("a", "absent"))
    waiting.remove(key("absent"))
    assert list(waiting.sizes()) == [("a", 1)]


def test_clearing_removes_all() -> None:
    waiting = queues(key("a"), key("b"))
    waiting.clear()
    assert (len(waiting), list(waiting.sizes())) == (0, [])


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("123"))))
def test_serving_the_first_namespace_again_and_again_starves_none(entries: list[tuple[str, str]]) -> None:
    waiting = queues(*(key(*entry) for entry in entries))
    served: list[str] = []
    while len(waiting):
        before = {namespace for namespace, _ in waiting.sizes()}
        namespace = next(name for name, _ in waiting.sizes())
        # Between two turns of a namespace, every other one that waits has had a turn.
        since = served[len(served) - served[::-1].index(namespace) :] if namespace in served else None
        assert since is None or before - {namespace} <= set(since)
        waiting.take(namespace)
        served.append(namespace)
    assert len(served) == len(set(entries))
