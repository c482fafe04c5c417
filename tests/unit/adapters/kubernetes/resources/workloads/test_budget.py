"""How much of workloads is kept for each namespace, and for all."""

from __future__ import annotations

import pytest

from watch_cluster.adapters.kubernetes.resources.workloads import budget as module
from watch_cluster.adapters.kubernetes.resources.workloads.budget import WorkloadBudget
from watch_cluster.domain.workload.workload import WorkloadKey


def key(namespace: str, name: str) -> WorkloadKey:
    return WorkloadKey(namespace, "Deployment", name)


@pytest.fixture
def budget(monkeypatch: pytest.MonkeyPatch) -> WorkloadBudget:
    monkeypatch.setattr(module, "MAX_NAMESPACE_BYTES", 100)
    monkeypatch.setattr(module, "MAX_BYTES", 150)
    monkeypatch.setattr(module, "ASSURED_BYTES", 20)
    return WorkloadBudget()


def test_a_namespace_keeps_what_it_has_and_gets_no_more(budget: WorkloadBudget) -> None:
    assert budget.refusal(key("hostile", "a"), 60) is None
    assert "its namespace holds more than" in (budget.refusal(key("hostile", "b"), 41) or "")
    assert budget.refusal(key("hostile", "c"), 40) is None


def test_a_workload_that_changes_counts_once(budget: WorkloadBudget) -> None:
    for size in (90, 100, 80):
        assert budget.refusal(key("shop", "a"), size) is None
    assert budget.refusal(key("shop", "b"), 20) is None


def test_a_workload_that_is_gone_counts_no_more(budget: WorkloadBudget) -> None:
    assert budget.refusal(key("shop", "a"), 100) is None
    budget.release((key("shop", "a"), key("shop", "never seen")))
    assert budget.refusal(key("shop", "b"), 100) is None


def test_small_namespaces_are_kept_however_much_large_ones_hold(budget: WorkloadBudget) -> None:
    assert budget.refusal(key("hostile", "a"), 100) is None
    assert budget.refusal(key("worse", "a"), 50) is None

    assert "the cluster holds more than" in (budget.refusal(key("late", "large"), 21) or "")
    assert budget.refusal(key("late", "small"), 20) is None
