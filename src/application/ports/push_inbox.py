"""The port for pushes that registries report, shared by all replicas of Watch-Cluster."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Protocol

from watch_cluster.domain.images.pushed import PushedRepository


class InboxUnavailable(Exception):  # noqa: N818 - the name says what is wrong
    """The inbox cannot be read or written now. The message is one line."""


class PushInbox(Protocol):
    """Keeps pushes until the leader has checked the workloads concerned. Thread-safe; bounded, the oldest go first.

    Any replica may put, and only the leader reads and removes. What was put outlives the process if the orchestrator
    has a place for it.
    """

    def put(self, pushed: Collection[PushedRepository]) -> None:
        """Keep pushes. Raises `InboxUnavailable`; it is then unknown whether they are kept."""

    def pushes(self) -> Mapping[PushedRepository, str]:
        """Return each repository with a mark that changes when it is pushed to again. Raises `InboxUnavailable`."""

    def remove(self, handled: Mapping[PushedRepository, str]) -> None:
        """Remove these, except those that were pushed to again. Raises `InboxUnavailable`: remove them later."""
