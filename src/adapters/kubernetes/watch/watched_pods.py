"""The pods of each workload, watched from the first time that somebody asks."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from threading import Lock
from typing import Final

import msgspec
import structlog

from watch_cluster.adapters.kubernetes.client.api import ApiRefused, ApiUnreachable, KubernetesApi
from watch_cluster.adapters.kubernetes.client.listing import describe_error, list_all, remedy
from watch_cluster.adapters.kubernetes.resources.pods import Pod, PodKey, Pods
from watch_cluster.adapters.kubernetes.watch.backoff import Pace
from watch_cluster.adapters.kubernetes.watch.watch_failures import WatchFailures
from watch_cluster.adapters.kubernetes.watch.watcher import LEFT_OUT, Watcher
from watch_cluster.application.ports.workload_reader import OrchestratorUnavailable
from watch_cluster.domain.workload.replica import Replica
from watch_cluster.domain.workload.workload import WorkloadKey

FIRST_LIST_SECONDS: Final = 5.0
"""How long the first question waits for the first list."""
_PODS: Final = Pods()


class WatchedPods:
    """The pods of all workloads: one slim watch for each scope, or one list when nothing is to be observed.

    Safe for threads.
    """

    def __init__(
        self,
        api: KubernetesApi,
        scopes: tuple[str | None, ...],
        pace: Pace,
        outage: WatchFailures,
        changed: Callable[[WorkloadKey], None],
    ) -> None:
        """Watch the pods of these scopes; `changed` is called for the workload whose pod appears, changes or goes."""
        self._api = api
        self._changed = changed
        self._scopes = scopes
        self._pace = pace
        self._outage = outage
        self._log = structlog.get_logger()
        self._observing = False
        self._beginning = Lock()
        self._begun = False
        self._refused: set[str | None] = set()
        self._watchers: list[Watcher[PodKey, Pod]] = []
        self._lock = Lock()
        self._pods: dict[PodKey, Pod] = {}
        self._of: dict[WorkloadKey, set[PodKey]] = {}

    def observe(self) -> None:
        """Watch from the first question on, instead of looking once."""
        self._observing = True

    @property
    def staleness(self) -> float:
        """Count the seconds since the watch of pods that was heard of least lately said anything."""
        return max((watcher.staleness for watcher in self._watchers), default=0.0)

    def close(self, patience: float) -> None:
        """Stop watching, and wait for that at most so many seconds."""
        for watcher in self._watchers:
            watcher.stop()
        deadline = time.monotonic() + patience
        for watcher in self._watchers:
            watcher.join(max(0.0, deadline - time.monotonic()))

    def of(self, key: WorkloadKey) -> tuple[Replica, ...] | None:
        """The workload's instances, as the port `Orchestrator` says."""
        with self._beginning:
            if not self._begun:
                self._begin()
                self._begun = True
        deadline = time.monotonic() + FIRST_LIST_SECONDS
        if not all(watcher.wait_listed(max(0.0, deadline - time.monotonic())) for watcher in self._watchers):
            raise OrchestratorUnavailable(f"{key}: its pods are not known yet, they are still being read")
        if key.namespace in self._blind() or None in self._blind():
            return None
        with self._lock:
            return tuple(self._pods[each].replica for each in sorted(self._of.get(key, ())))

    def replace(self, namespace: str | None, items: Sequence[Pod]) -> None:
        """Take in a whole collection: what is not in it is gone."""
        listed = {pod.key for pod in items}
        with self._lock:
            gone = [key for key in self._pods if namespace in {None, key.namespace} and key not in listed]
            owners = [*(self._forget(key) for key in gone), *(self._take(pod) for pod in items)]
        self._tell(*owners)

    def seen(self, item: Pod) -> None:
        """Take in one pod."""
        with self._lock:
            owner = self._take(item)
        self._tell(owner)

    def gone(self, key: PodKey) -> None:
        """Forget one pod."""
        with self._lock:
            owner = self._forget(key)
        self._tell(owner)

    def _begin(self) -> None:
        if not self._observing:
            for namespace in self._scopes:
                self._look(namespace)
            return
        self._watchers = [
            Watcher(self._api, _PODS, namespace, self, self._pace, self._outage) for namespace in self._scopes
        ]
        for watcher in self._watchers:
            watcher.start()

    def _look(self, namespace: str | None) -> None:
        try:
            pods, _ = list_all(self._api, _PODS, namespace)
        except ApiRefused as error:
            line = f"cannot list {describe_error(_PODS, namespace)}: {error}{remedy(error)}"
            if error.status not in LEFT_OUT:
                raise OrchestratorUnavailable(line) from error
            self._refused.add(namespace)
            self._log.warning(line)
        except (ApiUnreachable, msgspec.DecodeError) as error:
            raise OrchestratorUnavailable(f"cannot list {describe_error(_PODS, namespace)}: {error}") from error
        else:
            self.replace(namespace, pods)

    def _blind(self) -> set[str | None]:
        """The scopes that the server does not let us see."""
        return self._refused | {
            scope for scope, watcher in zip(self._scopes, self._watchers, strict=False) if watcher.left_out
        }

    def _tell(self, *owners: WorkloadKey | None) -> None:
        for owner in dict.fromkeys(owners):
            if owner is not None:
                self._changed(owner)

    def _take(self, pod: Pod) -> WorkloadKey | None:
        """Take in a pod: whose it is, None when it looks as before."""
        known = self._pods.get(pod.key)
        if known == pod:
            return None
        self._forget(pod.key)
        self._pods[pod.key] = pod
        self._of.setdefault(pod.owner, set()).add(pod.key)
        return pod.owner

    def _forget(self, key: PodKey) -> WorkloadKey | None:
        pod = self._pods.pop(key, None)
        if pod is None:
            return None
        siblings = self._of[pod.owner]
        siblings.discard(key)
        if not siblings:
            del self._of[pod.owner]
        return pod.owner
