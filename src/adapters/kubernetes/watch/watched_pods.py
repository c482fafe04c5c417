"""The pods of each workload, watched from the first time that they are needed."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Lock
from typing import Final

import msgspec
import structlog

from watch_cluster.adapters.kubernetes.client.api import ApiRefused, ApiUnreachable, KubernetesApi
from watch_cluster.adapters.kubernetes.resources.pods.pods import Pod, PodKey, Pods
from watch_cluster.adapters.kubernetes.watch.backoff import Timing
from watch_cluster.adapters.kubernetes.watch.listing import describe_collection, list_all, remedy
from watch_cluster.adapters.kubernetes.watch.pod_cache import PodCache
from watch_cluster.adapters.kubernetes.watch.refusals import LEFT_OUT
from watch_cluster.adapters.kubernetes.watch.unreadable import UnreadableObjects
from watch_cluster.adapters.kubernetes.watch.watch_failures import WatchFailures
from watch_cluster.adapters.kubernetes.watch.watcher import Watcher
from watch_cluster.adapters.workers import Workers
from watch_cluster.application.ports.orchestrator.workload_reader import OrchestratorUnavailable
from watch_cluster.domain.workload.workload import WorkloadKey

FIRST_LIST_SECONDS: Final = 5.0
"""How long the first caller waits for the first list."""


class WatchedPods:
    """The pods of watched workloads: one slim watch for each scope, or one list when nothing is observed.

    Pods of other workloads are not kept. When such a workload opts in, its pods are listed. Safe for
    threads.
    """

    def __init__(
        self,
        api: KubernetesApi,
        scopes: tuple[str | None, ...],
        timing: Timing,
        failures: WatchFailures,
        unreadable: UnreadableObjects,
        changed: Callable[[WorkloadKey], None],
        is_watched: Callable[[WorkloadKey], bool],
        workers: Workers | None = None,
    ) -> None:
        """Watch the pods of these scopes; `changed` is called for the workload whose pod appears, changes or goes."""
        self._workers = workers or Workers()
        self._api = api
        self._scopes = scopes
        self._timing = timing
        self._failures = failures
        self._unreadable = unreadable
        self._cache = PodCache(changed)
        self._is_watched = is_watched
        self._pods = Pods(self._is_relevant)
        self._passed_over: set[int] = set()
        """The hashes of workloads whose pods were skipped."""
        self._adding = Lock()
        self._log = structlog.get_logger()
        self._observing = False
        self._beginning = Lock()
        self._begun = False
        self._refused: set[str | None] = set()
        self._watchers: list[Watcher[PodKey, Pod]] = []

    def observe(self) -> None:
        """Watch from the first call of `of` on, instead of listing once."""
        self._observing = True

    @property
    def staleness(self) -> float:
        """Seconds since the last watch event of the watch that has been silent longest."""
        return max((watcher.staleness for watcher in self._watchers), default=0.0)

    def close(self, timeout: float) -> None:
        """Stop watching, and wait for that at most so many seconds."""
        for watcher in self._watchers:
            watcher.stop()
        deadline = time.monotonic() + timeout
        for watcher in self._watchers:
            watcher.join(max(0.0, deadline - time.monotonic()))

    def of(self, key: WorkloadKey) -> tuple[Pod, ...] | None:
        """The workload's pods, None when they may not be seen.

        Raises `OrchestratorUnavailable` when they are not known yet.
        """
        with self._beginning:
            if not self._begun:
                self._begin()
                self._begun = True
        deadline = time.monotonic() + FIRST_LIST_SECONDS
        if not all(watcher.wait_listed(max(0.0, deadline - time.monotonic())) for watcher in self._watchers):
            raise OrchestratorUnavailable(f"{key}: its pods are not known yet, they are still being listed")
        if {key.namespace, None} & self._hidden():
            return None
        self._add_passed_over(key)
        return self._cache.of(key)

    def _is_relevant(self, owner: WorkloadKey) -> bool:
        if self._is_watched(owner):
            return True
        self._passed_over.add(hash(owner))
        return False

    def _add_passed_over(self, key: WorkloadKey) -> None:
        """List the pods of a workload that was not watched when they were seen."""
        with self._adding:
            if hash(key) not in self._passed_over or not self._is_watched(key):
                return
            # From here on the watch takes them: what it says while the list is read counts.
            self._passed_over.discard(hash(key))
            try:
                with self._cache.adding() as add:
                    pods, _ = list_all(self._api, Pods(key.__eq__), key.namespace, self._unreadable.report)
                    add(pods)
            except (ApiRefused, ApiUnreachable, msgspec.DecodeError) as error:
                self._passed_over.add(hash(key))
                raise OrchestratorUnavailable(f"{key}: its pods cannot be listed: {error}{remedy(error)}") from error

    def _begin(self) -> None:
        if not self._observing:
            for namespace in self._scopes:
                self._list(namespace)
            return
        self._watchers = [
            Watcher(
                self._api,
                self._pods,
                namespace,
                self._cache,
                self._timing,
                self._failures,
                self._unreadable,
                self._workers,
            )
            for namespace in self._scopes
        ]
        for watcher in self._watchers:
            watcher.start()

    def _list(self, namespace: str | None) -> None:
        what = f"cannot list {describe_collection(self._pods, namespace)}"
        try:
            pods, _ = list_all(self._api, self._pods, namespace, self._unreadable.report)
        except (ApiRefused, ApiUnreachable, msgspec.DecodeError) as error:
            line = f"{what}: {error}{remedy(error)}"
            if not isinstance(error, ApiRefused) or error.status not in LEFT_OUT:
                raise OrchestratorUnavailable(line) from error
            self._refused.add(namespace)
            self._log.warning(line)
        else:
            self._cache.replace(namespace, pods)

    def _hidden(self) -> set[str | None]:
        """The scopes that the server does not let us see."""
        return self._refused | {
            scope for scope, watcher in zip(self._scopes, self._watchers, strict=False) if watcher.left_out
        }
