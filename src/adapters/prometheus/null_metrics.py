"""The null object for commands that expose no metrics."""

from __future__ import annotations

from collections.abc import Callable, Iterable


class NullMetrics:
    """Implements the port `Metrics` without recording anything."""

    def count_check(self, decisions: Iterable[str]) -> None:
        """Do nothing."""

    def observe_rollout(self, result: str, seconds: float) -> None:
        """Do nothing."""

    def count_registry_request(self, host: str, status: str) -> None:
        """Do nothing."""

    def set_rate_limit_remaining(self, registry: str, left: int) -> None:
        """Do nothing."""

    def count_webhook(self, result: str) -> None:
        """Do nothing."""

    def count_hook(self, source: str, result: str) -> None:
        """Do nothing."""

    def count_watch_restart(self, resource: str) -> None:
        """Do nothing."""

    def count_unreadable_object(self, resource: str) -> None:
        """Do nothing."""

    def count_worker_error(self, worker: str) -> None:
        """Do nothing."""

    def gauge(self, name: str, help_text: str, value: Callable[[], float]) -> None:
        """Do nothing."""
