"""Workloads that wait, first in, first out within their namespace."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator

from watch_cluster.domain.workload.workload import WorkloadKey


class NamespaceQueues:
    """A queue for each namespace. Not thread-safe."""

    def __init__(self) -> None:
        self._queues: OrderedDict[str, dict[WorkloadKey, None]] = OrderedDict()
        """The namespace that was served last is at the end."""

    def __contains__(self, key: WorkloadKey) -> bool:
        return key in self._queues.get(key.namespace, ())

    def __len__(self) -> int:
        return sum(len(queue) for queue in self._queues.values())

    def sizes(self) -> Iterator[tuple[str, int]]:
        """Yield each namespace with the number of its workloads, the one that was served last at the end."""
        return ((namespace, len(queue)) for namespace, queue in self._queues.items())

    def put(self, key: WorkloadKey) -> None:
        """Append a workload to the queue of its namespace, unless it waits there already."""
        self._queues.setdefault(key.namespace, {}).setdefault(key)

    def take(self, namespace: str) -> WorkloadKey:
        """Remove and return the workload of the namespace that has waited longest. Raises `KeyError` if none waits."""
        key = next(iter(self._queues[namespace]))
        self.remove(key)
        if namespace in self._queues:
            self._queues.move_to_end(namespace)
        return key

    def remove(self, key: WorkloadKey) -> None:
        """Remove a workload, if it waits."""
        queue = self._queues.get(key.namespace, {})
        queue.pop(key, None)
        if not queue:
            self._queues.pop(key.namespace, None)

    def clear(self) -> None:
        """Remove all workloads."""
        self._queues.clear()
