"""Narrates the demo: user actions, Events and webhooks."""

from __future__ import annotations

import textwrap
import time
from collections.abc import Callable
from threading import Lock
from typing import Any, Final

from rich.console import Console
from rich.text import Text

from watch_cluster.domain.rollout.event import Event, EventReason
from watch_cluster.domain.rollout.notification import NotificationType
from watch_cluster.entrypoints.output.wording import shorten_digests
from watch_cluster.tools.deadline import Deadline

_TIMEOUT_SECONDS: Final = 20.0
_POLL_SECONDS: Final = 0.05
_WIDTH: Final = 80
_DETAIL_INDENT: Final = " " * 16
_ENDS: Final = {
    EventReason.IMAGE_UPDATED: "✓ {} is updated",
    EventReason.IMAGE_UPDATE_FAILED: "✗ {} failed",
    EventReason.IMAGE_ROLLED_BACK: "✓ {} is rolled back",
}
"""How rollouts end, of which the start has been told. Their images are not named again."""
_TOLD_BY_THE_NEXT_EVENT: Final = "rolling back to "


class Narrator:
    """Prints what happens, within 80 columns and each fact once. Implements the port `Notifier`.

    `registry` is the host of the demo's registry, which is left out of images.
    """

    def __init__(self, console: Console, *, verbose: bool) -> None:
        self.registry = ""
        self._console = console
        self._verbose = verbose
        self._lock = Lock()
        self._start = time.monotonic()
        self._events: list[tuple[str, EventReason]] = []
        self._webhooks: list[tuple[str, str]] = []
        self._narrated = 0

    def notify(self, event: Event) -> None:
        """Print an Event; if verbose, as `kubectl get events` does."""
        with self._lock:
            self._events.append((event.workload.name, event.reason))
        kind = "Warning" if event.reason.is_warning else "Normal"
        if self._verbose:
            self._print("event", f"{kind} {event.reason} {event.workload}: {event.message}")
            return
        head, _, rest = self.shorten(event.message).partition(": ")
        mark, style = ("✗", "red") if event.reason.is_warning else ("…", "")
        line = f"{mark} {head}"
        if event.reason in _ENDS:
            line = _ENDS[event.reason].format(event.workload.name)
            style = "red" if event.reason is EventReason.IMAGE_UPDATE_FAILED else "green"
        self._print("", line, style)
        for detail in rest.split("; ") if rest else ():
            if not detail.startswith(_TOLD_BY_THE_NEXT_EVENT):
                self._print_detail(detail)

    def receive_webhook(self, body: dict[str, Any]) -> None:
        """Note a received webhook; if verbose, print it."""
        deployment = body["deployment"]
        with self._lock:
            self._webhooks.append((deployment["name"], body["eventType"]))
        if self._verbose:
            details = "".join(f", {name} {value}" for name, value in body["details"].items())
            self._print("webhook", f"{body['eventType']} {deployment['name']} {deployment['image']}{details}")

    def print_title(self, text: str) -> None:
        """Print what comes next."""
        self._console.print(f"\n{text}", style="bold", markup=False, highlight=False)

    def print_action(self, text: str) -> None:
        """Print an action of the user."""
        self._print("you", text, "bold")

    def wait_for(self, name: str, reason: EventReason, notification_type: NotificationType) -> bool:
        """Wait until an Event and a webhook have reported it; return whether it was in time."""
        return _wait_until(lambda: self._has_reported(name, reason, notification_type))

    def print_webhooks(self, name: str) -> None:
        """Name the webhooks about the workload since the last ones; if verbose, they have been printed."""
        with self._lock:
            received = [kind for workload, kind in self._webhooks[self._narrated :] if workload == name]
            self._narrated = len(self._webhooks)
        if not self._verbose:
            self._print("webhook", ", ".join(received), "cyan")

    def shorten(self, text: str) -> str:
        """Leave out the registry, and all but 12 digits of digests."""
        return shorten_digests(text.replace(f"{self.registry}/", ""))

    def _has_reported(self, name: str, reason: EventReason, notification_type: NotificationType) -> bool:
        with self._lock:
            return (name, reason) in self._events and (name, notification_type.value) in self._webhooks

    def _print(self, source: str, text: str, style: str = "") -> None:
        head = f"{time.monotonic() - self._start:5.1f} s  {source:<7} "
        first, *rest = [text] if self._verbose else _wrapped(text, len(head))
        line = Text(head)
        line.append(first, style)
        self._console.print(line, soft_wrap=True)
        for each in rest:
            self._console.print(Text(" " * len(head) + each, style), soft_wrap=True)

    def _print_detail(self, text: str) -> None:
        for line in _wrapped(text, len(_DETAIL_INDENT)):
            self._console.print(Text(_DETAIL_INDENT + line), soft_wrap=True)


def _wrapped(text: str, indent: int) -> list[str]:
    return textwrap.wrap(text, _WIDTH - indent, break_long_words=False, break_on_hyphens=False)


def _wait_until(condition: Callable[[], bool]) -> bool:
    deadline = Deadline(_TIMEOUT_SECONDS, time.monotonic)
    while not condition():
        if deadline.remaining() <= 0:
            return False
        time.sleep(_POLL_SECONDS)
    return True
