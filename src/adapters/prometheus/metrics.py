"""Metrics in the form that Prometheus reads."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from threading import Lock
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, PlatformCollector, ProcessCollector
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

CONTENT_TYPE: Final = CONTENT_TYPE_LATEST
MOST_HOSTS: Final = 100
OTHERS: Final = "others"
"""Tenants choose the hosts of images: those beyond the first hundred are counted together."""
_DURATIONS: Final = (1, 5, 15, 30, 60, 120, 300, 600, 1200, 1800, 3600)


class PrometheusMetrics:
    """Implements the port `Metrics`. Safe for threads."""

    def __init__(self) -> None:
        self._registry = registry = CollectorRegistry()
        self._lock = Lock()
        self._hosts: set[str] = set()
        ProcessCollector(registry=registry)
        PlatformCollector(registry=registry)
        self._checks = Counter("watch_cluster_checks", "Checks of workloads", registry=registry)
        self._decisions = Counter(
            "watch_cluster_decisions", "What was decided for containers", ["decision"], registry=registry
        )
        self._rollouts = Counter("watch_cluster_rollouts", "Rollouts that have ended", ["result"], registry=registry)
        self._durations = Histogram(
            "watch_cluster_rollout_duration_seconds",
            "From the start of a rollout to its end",
            ["result"],
            buckets=_DURATIONS,
            registry=registry,
        )
        self._requests = Counter(
            "watch_cluster_registry_requests",
            "Questions to registries and token servers, by the status of the answer",
            ["host", "status"],
            registry=registry,
        )
        self._quotas = Gauge(
            "watch_cluster_registry_quota_left",
            "How many times more the registry lets us ask, as it has said last",
            ["registry"],
            registry=registry,
        )
        self._webhooks = Counter("watch_cluster_webhooks", "Webhooks that were sent", ["result"], registry=registry)
        self._restarts = Counter(
            "watch_cluster_watch_restarts", "Watches that broke off and began anew", ["resource"], registry=registry
        )
        self._unreadable = Counter(
            "watch_cluster_unreadable_objects",
            "Objects of the API server that could not be read and were left out, each time that they were met",
            ["resource"],
            registry=registry,
        )

    def checked(self, decisions: Iterable[str]) -> None:
        """Count a check and its decisions."""
        self._checks.inc()
        for decision in decisions:
            self._decisions.labels(decision).inc()

    def rollout_ended(self, result: str, seconds: float) -> None:
        """Count the rollout and how long it took."""
        self._rollouts.labels(result).inc()
        self._durations.labels(result).observe(seconds)

    def registry_asked(self, host: str, status: str) -> None:
        """Count the question."""
        self._requests.labels(self._known(host), status).inc()

    def rate_limit_remaining(self, registry: str, left: int) -> None:
        """Note what is left."""
        self._quotas.labels(self._known(registry)).set(left)

    def webhook_sent(self, result: str) -> None:
        """Count the webhook."""
        self._webhooks.labels(result).inc()

    def watch_restarted(self, resource: str) -> None:
        """Count the restart."""
        self._restarts.labels(resource).inc()

    def object_unreadable(self, resource: str) -> None:
        """Count the object."""
        self._unreadable.labels(resource).inc()

    def gauge(self, name: str, help_text: str, value: Callable[[], float]) -> None:
        """Measure the value at each look."""
        Gauge(name, help_text, registry=self._registry).set_function(value)

    def render(self) -> bytes:
        """Write all of it, in the text format."""
        return generate_latest(self._registry)

    def _known(self, host: str) -> str:
        with self._lock:
            if host not in self._hosts and len(self._hosts) >= MOST_HOSTS:
                return OTHERS
            self._hosts.add(host)
            return host
