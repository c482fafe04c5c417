"""The port for metrics."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol


class Metrics(Protocol):
    """Records metrics. Thread-safe; all methods are quick and raise nothing."""

    def count_check(self, decisions: Iterable[str]) -> None:
        """Count a check with the decisions for its containers: `update`, `up_to_date` or the hold reason."""

    def observe_rollout(self, result: str, seconds: float) -> None:
        """Count an ended rollout by its state, with its duration."""

    def count_registry_request(self, host: str, status: str) -> None:
        """Count a request to a registry or token server, with the response status or `none`."""

    def set_rate_limit_remaining(self, registry: str, left: int) -> None:
        """Set the remaining requests of the registry's rate limit."""

    def count_webhook(self, result: str) -> None:
        """Count a webhook request: `delivered`, `failed` (it may be retried) or `refused`."""

    def count_hook(self, source: str, result: str) -> None:
        """Count a request of a source of pushes: `accepted`, `ignored`, `forged`, `limited`, `invalid` or `failed`."""

    def count_watch_restart(self, resource: str) -> None:
        """Count a watch that had to be restarted for another reason than its age."""

    def count_unreadable_object(self, resource: str) -> None:
        """Count an object of the orchestrator that could not be read and was skipped."""

    def count_worker_error(self, worker: str) -> None:
        """Count a defect that reached the last resort of a worker: `check`, `webhook`, `watch` and the like."""

    def gauge(self, name: str, help_text: str, value: Callable[[], float]) -> None:
        """Register a gauge that is computed on each scrape."""
