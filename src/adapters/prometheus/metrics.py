"""Metrics in the Prometheus text format."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from importlib.metadata import version
from threading import Lock
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Info, PlatformCollector, ProcessCollector
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from watch_cluster.domain.printable import printable

CONTENT_TYPE: Final = CONTENT_TYPE_LATEST
MAX_HOSTS: Final = 100
OTHERS: Final = "others"
"""The label for hosts beyond `MAX_HOSTS`, because tenants choose the hosts of images."""
IDLE_SECONDS: Final = 3600.0
"""After how long without requests the series of a host are removed, so that another one may have its label."""
_MAX_LABEL: Final = 100
"""How many characters of a host a label shows."""
_DURATION_BUCKETS: Final = (1, 5, 15, 30, 60, 120, 300, 600, 1200, 1800, 3600)


class PrometheusMetrics:
    """Implements the port `Metrics`. Thread-safe."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._registry = registry = CollectorRegistry()
        self._monotonic = monotonic
        self._lock = Lock()
        self._hosts: OrderedDict[str, float] = OrderedDict()
        """When each host that has a label was last queried, the longest ago first."""
        ProcessCollector(registry=registry)
        PlatformCollector(registry=registry)
        Info("watch_cluster_build", "Always 1; the label is the version that runs", registry=registry).info(
            {"version": version("watch-cluster")}
        )
        self._checks = Counter("watch_cluster_checks", "Checks of workloads", registry=registry)
        self._decisions = Counter(
            "watch_cluster_decisions",
            "Decisions for containers: `update`, `up to date`, or the hold reason",
            ["decision"],
            registry=registry,
        )
        self._rollouts = Counter(
            "watch_cluster_rollouts",
            "Ended rollouts: `done`, `rolled-back`, `failed` (and not rolled back), `superseded`",
            ["result"],
            registry=registry,
        )
        self._durations = Histogram(
            "watch_cluster_rollout_duration_seconds",
            "Time from the start to the end of a rollout",
            ["result"],
            buckets=_DURATION_BUCKETS,
            registry=registry,
        )
        self._requests = Counter(
            "watch_cluster_registry_requests",
            "Requests to registries and token servers; `status` is `none` without a response. Hosts after the first "
            "hundred are counted as `others`, until one is not queried for an hour",
            ["host", "status"],
            registry=registry,
        )
        self._rate_limits = Gauge(
            "watch_cluster_registry_quota_left",
            "Remaining requests under the rate limit of a registry, if it reports one",
            ["registry"],
            registry=registry,
        )
        self._webhooks = Counter(
            "watch_cluster_webhooks",
            "Attempts to deliver webhooks and messages to channels: `delivered`, `failed`, `refused`",
            ["result"],
            registry=registry,
        )
        self._hooks = Counter(
            "watch_cluster_hooks",
            "Requests of registries that tell about pushes: `accepted`, `ignored` (no push), `forged`, `limited`, "
            "`invalid`, `failed`",
            ["source", "result"],
            registry=registry,
        )
        self._restarts = Counter(
            "watch_cluster_watch_restarts", "Watches that broke off", ["resource"], registry=registry
        )
        self._worker_errors = Counter(
            "watch_cluster_worker_errors",
            "Unexpected errors of workers (`check`, `reconcile`, `webhook`, `watch`, `lease`, `loop`, and others), "
            "which continue; see the log, and report them",
            ["worker"],
            registry=registry,
        )
        self._unreadable = Counter(
            "watch_cluster_unreadable_objects",
            "Objects of the API server that could not be read and were left out",
            ["resource"],
            registry=registry,
        )

    def count_check(self, decisions: Iterable[str]) -> None:
        """Count a check and its decisions."""
        self._checks.inc()
        for decision in decisions:
            self._decisions.labels(decision).inc()

    def observe_rollout(self, result: str, seconds: float) -> None:
        """Count an ended rollout and observe its duration."""
        self._rollouts.labels(result).inc()
        self._durations.labels(result).observe(seconds)

    def count_registry_request(self, host: str, status: str) -> None:
        """Count a request."""
        self._requests.labels(self._host_label(host), status).inc()

    def set_rate_limit_remaining(self, registry: str, left: int) -> None:
        """Set the remaining requests."""
        self._rate_limits.labels(self._host_label(registry)).set(left)

    def count_webhook(self, result: str) -> None:
        """Count a webhook request."""
        self._webhooks.labels(result).inc()

    def count_hook(self, source: str, result: str) -> None:
        """Count a request of a source."""
        self._hooks.labels(source, result).inc()

    def count_watch_restart(self, resource: str) -> None:
        """Count a restart."""
        self._restarts.labels(resource).inc()

    def count_unreadable_object(self, resource: str) -> None:
        """Count the object."""
        self._unreadable.labels(resource).inc()

    def count_worker_error(self, worker: str) -> None:
        """Count the defect."""
        self._worker_errors.labels(worker).inc()

    def gauge(self, name: str, help_text: str, value: Callable[[], float]) -> None:
        """Register a gauge that is computed on each scrape."""
        Gauge(name, help_text, registry=self._registry).set_function(value)

    def render(self) -> bytes:
        """Return all metrics in the text format."""
        return generate_latest(self._registry)

    def _host_label(self, host: str) -> str:
        label, now = printable(host)[:_MAX_LABEL], self._monotonic()
        with self._lock:
            if label not in self._hosts and len(self._hosts) >= MAX_HOSTS:
                oldest, queried = next(iter(self._hosts.items()))
                if now - queried < IDLE_SECONDS:
                    return OTHERS
                del self._hosts[oldest]
                self._requests.remove_by_labels({"host": oldest})
                self._rate_limits.remove_by_labels({"registry": oldest})
            self._hosts[label] = now
            self._hosts.move_to_end(label)
            return label
