"""Policies that were read already: a tick must not read five thousand of them again."""

from __future__ import annotations

from threading import Lock

from watch_cluster.domain.policy.policy import Policy, PolicyReader
from watch_cluster.domain.workload.workload import Workload, WorkloadKey


class PolicyCache:
    """Keeps a policy for as long as the orchestrator shows the very same workload. Safe for threads."""

    def __init__(self, read: PolicyReader) -> None:
        self._read = read
        self._lock = Lock()
        self._known: dict[WorkloadKey, tuple[Workload, Policy]] = {}

    def __call__(self, workload: Workload) -> Policy:
        """Give what counts for the workload. Raises `InvalidConfiguration` as `PolicyReader` does."""
        known = self._known.get(workload.key)
        if known is not None and known[0] is workload:
            return known[1]
        policy = self._read(workload)
        with self._lock:
            self._known[workload.key] = (workload, policy)
        return policy

    def forget(self, key: WorkloadKey) -> None:
        """The workload is gone or is no longer watched."""
        with self._lock:
            self._known.pop(key, None)
