"""Metrics for commands that end before anybody looks."""

from __future__ import annotations

from collections.abc import Callable, Iterable


class NoMetrics:
    """Implements the port `Metrics`: counts nothing."""

    def checked(self, decisions: Iterable[str]) -> None:
        """Count nothing."""

    def rollout_ended(self, result: str, seconds: float) -> None:
        """Count nothing."""

    def registry_asked(self, host: str, status: str) -> None:
        """Count nothing."""

    def rate_limit_remaining(self, registry: str, left: int) -> None:
        """Count nothing."""

    def webhook_sent(self, result: str) -> None:
        """Count nothing."""

    def watch_restarted(self, resource: str) -> None:
        """Count nothing."""

    def object_unreadable(self, resource: str) -> None:
        """Count nothing."""

    def gauge(self, name: str, help_text: str, value: Callable[[], float]) -> None:
        """Measure nothing."""
