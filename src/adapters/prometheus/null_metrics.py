"""The null object for commands that expose no metrics."""

from __future__ import annotations

from collections.abc import Callable, Iterable


class NullMetrics:
    """Implements the port `Metrics` without recording anything."""

    def checked(self, decisions: Iterable[str]) -> None:
        """Do nothing."""

    def rollout_ended(self, result: str, seconds: float) -> None:
        """Do nothing."""

    def registry_asked(self, host: str, status: str) -> None:
        """Do nothing."""

    def rate_limit_remaining(self, registry: str, left: int) -> None:
        """Do nothing."""

    def webhook_sent(self, result: str) -> None:
        """Do nothing."""

    def watch_restarted(self, resource: str) -> None:
        """Do nothing."""

    def gauge(self, name: str, help_text: str, value: Callable[[], float]) -> None:
        """Do nothing."""
