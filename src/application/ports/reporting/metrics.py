"""The port to whatever counts and measures what the process does."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol


class Metrics(Protocol):
    """Takes what has happened. All methods may be called from any thread, are quick and raise nothing."""

    def checked(self, decisions: Iterable[str]) -> None:
        """A workload was checked, and that is what was decided for its containers: `update`, `up to date`, a hold."""

    def rollout_ended(self, result: str, seconds: float) -> None:
        """A rollout has ended, by its state, so long after its start."""

    def registry_asked(self, host: str, status: str) -> None:
        """A registry or its token server was asked: the status of its answer, `none` when none came."""

    def rate_limit_remaining(self, registry: str, left: int) -> None:
        """The registry lets us ask so many times more."""

    def webhook_sent(self, result: str) -> None:
        """A webhook was sent: `delivered`, `failed` and perhaps tried again, or `refused`."""

    def watch_restarted(self, resource: str) -> None:
        """A watch of such objects had to begin anew, for another reason than its age."""

    def object_unreadable(self, resource: str) -> None:
        """An object of the orchestrator could not be read and was left out."""

    def gauge(self, name: str, help_text: str, value: Callable[[], float]) -> None:
        """Measure this whenever somebody looks."""
