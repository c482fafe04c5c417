"""The pods of each workload as last seen, within a budget of bytes for each namespace."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from threading import Lock
from typing import Final

from watch_cluster.adapters.kubernetes.resources.pods.pods import Pod, PodKey
from watch_cluster.domain.workload.workload import WorkloadKey

MAX_NAMESPACE_BYTES: Final = 8 * 1024 * 1024
"""About five thousand pods. Of a namespace with more, no pods are shown."""
MAX_BYTES: Final = 48 * 1024 * 1024
"""What is kept of all namespaces. The largest ones are let go first."""


class PodCache:
    """A `View` of the pods. `changed` is called for each workload of which a pod has changed. Thread-safe."""

    def __init__(self, changed: Callable[[WorkloadKey], None]) -> None:
        self._changed = changed
        self._lock = Lock()
        self._pods: dict[PodKey, Pod] = {}
        self._of: dict[WorkloadKey, set[PodKey]] = {}
        self._bytes: Counter[str] = Counter()
        self._over_budget: set[str] = set()
        self._gone_meanwhile: set[PodKey] | None = None
        """The pods that went while pods were being added, None when none are."""

    def of(self, key: WorkloadKey) -> tuple[Pod, ...] | None:
        """The workload's pods by name, None when its namespace has more than is kept.

        Of a CronJob without a running pod, the one that was created last.
        """
        with self._lock:
            if key.namespace in self._over_budget:
                return None
            pods = [self._pods[each] for each in sorted(self._of.get(key, ()))]
        active = tuple(each for each in pods if each.finished is None)
        if active or not pods:
            return active
        return (max(pods, key=lambda each: each.finished or ""),)

    def left_out(self, namespace: str | None) -> None:
        """Forget the pods that may not be seen."""
        self.replace(namespace, [])

    def replace(self, namespace: str | None, items: Sequence[Pod]) -> None:
        """Take in a whole collection: what is not in it is gone."""
        listed = {pod.key for pod in items}
        with self._lock:
            self._over_budget = set() if namespace is None else self._over_budget - {namespace}
            gone = [key for key in self._pods if namespace in {None, key.namespace} and key not in listed]
            owners = [*(self._forget(key) for key in gone), *(self._take(pod) for pod in items)]
        self._notify(*owners)

    @contextmanager
    def adding(self) -> Iterator[Callable[[Iterable[Pod]], None]]:
        """Return a function that adds pods of a list; events that arrive within the block are newer.

        Not to be used twice at once.
        """
        with self._lock:
            self._gone_meanwhile = set()
        try:
            yield self._add
        finally:
            with self._lock:
                self._gone_meanwhile = None

    def _add(self, items: Iterable[Pod]) -> None:
        with self._lock:
            for item in items:
                if item.key not in self._pods and item.key not in (self._gone_meanwhile or ()):
                    self._take(item)

    def seen(self, item: Pod) -> None:
        """Take in one pod."""
        with self._lock:
            owner = self._take(item)
        self._notify(owner)

    def gone(self, key: PodKey) -> None:
        """Forget one pod."""
        with self._lock:
            if self._gone_meanwhile is not None:
                self._gone_meanwhile.add(key)
            owner = self._forget(key)
        self._notify(owner)

    def _notify(self, *owners: WorkloadKey | None) -> None:
        for owner in dict.fromkeys(owners):
            if owner is not None:
                self._changed(owner)

    def _take(self, pod: Pod) -> WorkloadKey | None:
        """Store a pod; return its owner, None if nothing has changed."""
        if self._pods.get(pod.key) == pod:
            return None
        self._forget(pod.key)
        namespace = pod.key.namespace
        if namespace in self._over_budget:
            return pod.owner
        if self._bytes[namespace] + pod.size > MAX_NAMESPACE_BYTES:
            self._let_go(namespace)
            return pod.owner
        self._bytes[namespace] += pod.size
        self._pods[pod.key] = pod
        self._of.setdefault(pod.owner, set()).add(pod.key)
        if self._bytes.total() > MAX_BYTES:
            [(largest, _)] = self._bytes.most_common(1)
            self._let_go(largest)
        return pod.owner

    def _let_go(self, namespace: str) -> None:
        """Know nothing of a namespace's pods until they are all listed again."""
        self._over_budget.add(namespace)
        for key in [key for key in self._pods if key.namespace == namespace]:
            self._forget(key)

    def _forget(self, key: PodKey) -> WorkloadKey | None:
        pod = self._pods.pop(key, None)
        if pod is None:
            return None
        self._bytes[key.namespace] -= pod.size
        if not self._bytes[key.namespace]:
            del self._bytes[key.namespace]
        siblings = self._of[pod.owner]
        siblings.discard(key)
        if not siblings:
            del self._of[pod.owner]
        return pod.owner
