"""A policy is read once for what the orchestrator shows."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.unit.domain.workloads import a_workload
from watch_cluster.adapters.re2.tag_patterns import compile_tag_pattern
from watch_cluster.application.state.policy_cache import PolicyCache
from watch_cluster.application.state.workload_state import WorkloadStates
from watch_cluster.domain.policy.errors import InvalidConfiguration
from watch_cluster.domain.policy.policy import Policy
from watch_cluster.domain.policy.policy_reader import PolicyReader
from watch_cluster.domain.workload import annotation
from watch_cluster.domain.workload.workload import Workload


class Counting:
    """Reads policies, and counts how often."""

    def __init__(self) -> None:
        self.reads = 0
        self._read = PolicyReader(compile_tag_pattern)

    def __call__(self, workload: Workload) -> Policy:
        self.reads += 1
        return self._read(workload)


@pytest.fixture
def reader() -> Counting:
    return Counting()


@pytest.fixture
def policies(reader: Counting, states: WorkloadStates) -> PolicyCache:
    return PolicyCache(reader, states)  # type: ignore[arg-type]


def test_the_same_workload_is_read_once(policies: PolicyCache, reader: Counting) -> None:
    workload = a_workload("shop:1.0.0", enabled="true")
    assert policies(workload) is policies(workload)
    assert reader.reads == 1


def test_a_changed_workload_is_read_again(policies: PolicyCache, reader: Counting) -> None:
    workload = a_workload("shop:1.0.0", enabled="true")
    policies(workload)
    other = replace(workload, annotations={**workload.annotations, annotation.PIN: "false"})
    assert policies(other) != policies(workload)
    assert reader.reads == 3


def test_a_forgotten_workload_is_read_again(policies: PolicyCache, reader: Counting, states: WorkloadStates) -> None:
    workload = a_workload("shop:1.0.0", enabled="true")
    policies(workload)
    states.forget(workload.key)
    policies(workload)
    assert reader.reads == 2


def test_an_error_is_emitted_each_time(policies: PolicyCache) -> None:
    workload = a_workload("shop:1.0.0", enabled="true", cron="never")
    for _ in range(2):
        with pytest.raises(InvalidConfiguration):
            policies(workload)
