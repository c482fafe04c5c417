"""The script of the demo, and its output."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Lock
from typing import Any, Final

from rich.console import Console
from rich.text import Text

from watch_cluster.domain.rollout.event import Event, EventReason
from watch_cluster.domain.rollout.notification import NotificationType
from watch_cluster.entrypoints.demo.stage import Stage
from watch_cluster.entrypoints.output.check import print_table
from watch_cluster.tools.deadline import Deadline

EVERY_SECOND: Final = "* * * * * ?"
_TIMEOUT_SECONDS: Final = 20.0
_POLL_SECONDS: Final = 0.05
_NO_RETRY_SECONDS: Final = 2.5
"""How long the demo verifies that a failed image is not retried, although a check runs every second."""


class Narrator:
    """Prints user actions, Events and webhooks. Implements the port `Notifier`."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._lock = Lock()
        self._start = time.monotonic()
        self._events: list[tuple[str, EventReason]] = []
        self._webhooks: list[tuple[str, str]] = []

    def notify(self, event: Event) -> None:
        """Print an Event as `kubectl get events` does."""
        with self._lock:
            self._events.append((event.workload.name, event.reason))
        kind, style = ("Warning", "yellow") if event.reason.is_warning else ("Normal", "green")
        self._print("event", f"{kind} {event.reason} {event.workload}: {event.message}", style)

    def print_webhook(self, body: dict[str, Any]) -> None:
        """Print a received webhook."""
        deployment = body["deployment"]
        with self._lock:
            self._webhooks.append((deployment["name"], body["eventType"]))
        details = "".join(f", {name} {value}" for name, value in body["details"].items())
        self._print("webhook", f"{body['eventType']} {deployment['name']} {deployment['image']}{details}", "cyan")

    def print_action(self, text: str) -> None:
        """Print an action of the user."""
        self._print("you", text, "bold")

    def has_reported(self, name: str, reason: EventReason, notification_type: NotificationType) -> bool:
        """Whether both an Event and a webhook have reported it."""
        with self._lock:
            return (name, reason) in self._events and (name, notification_type.value) in self._webhooks

    def wait_for(self, name: str, reason: EventReason, notification_type: NotificationType) -> bool:
        """Wait until it is reported; return whether it was in time."""
        return _wait_until(lambda: self.has_reported(name, reason, notification_type))

    def _print(self, source: str, text: str, style: str) -> None:
        line = Text(f"{time.monotonic() - self._start:5.1f} s  {source:<8} ")
        line.append(text, style)
        self._console.print(line, soft_wrap=True)


def play(console: Console) -> bool:
    """Run the demo in about half a minute; return whether every step had the expected result."""
    narrator = Narrator(console)
    console.print("Watch-Cluster demo: a registry, a cluster in memory and a webhook receiver in this process.")
    stage = Stage(narrator, narrator.print_webhook)
    try:
        return _play(narrator, stage, console)
    finally:
        stage.close()


def _play(narrator: Narrator, stage: Stage, console: Console) -> bool:
    _deploy_workloads(narrator, stage)
    stage.start()
    succeeded = (
        _update(narrator, stage, console)
        and _digest_change(narrator, stage, console)
        and _failure(narrator, stage, console)
        and _recovery(narrator, stage, console)
    )
    console.print("\nThe output of `watch-cluster check` now:")
    print_table(stage.check(), console)
    succeeded = succeeded and stage.image_of("shop") == stage.reference("shop", "1.1.0")
    console.print(
        "\nThe demo is complete. README.md shows how to run it on your cluster." if succeeded else "\nThe demo failed."
    )
    return succeeded


def _deploy_workloads(narrator: Narrator, stage: Stage) -> None:
    for repository, tag in (("shop", "1.0.0"), ("cart", "1.0.0"), ("site", "edge")):
        stage.push(repository, tag)
        strategy = "latest" if tag == "edge" else "version"
        settings = {"enabled": "true", "cron": EVERY_SECOND, "strategy": strategy, "soak": "1s"}
        stage.deploy(repository, stage.reference(repository, tag), settings)
        narrator.print_action(f"Deployment {repository} runs {repository}:{tag} and opts in with strategy {strategy}")


def _update(narrator: Narrator, stage: Stage, console: Console) -> bool:
    console.print("\nAn update: the newest tag with the same format is selected.")
    for tag in ("1.0.1", "1.1.0-alpine", "1.1.0", "2.0.0-rc1"):
        stage.push("shop", tag)
    narrator.print_action("push shop:1.0.1, shop:1.1.0-alpine, shop:1.1.0 and shop:2.0.0-rc1")
    return narrator.wait_for("shop", EventReason.IMAGE_UPDATED, NotificationType.IMAGE_ROLLOUT_COMPLETED)


def _digest_change(narrator: Narrator, stage: Stage, console: Console) -> bool:
    console.print("\nA digest change: the tag is the same, but its image is new.")
    stage.push("site", "edge", "changed")
    narrator.print_action("push another image as site:edge")
    return narrator.wait_for("site", EventReason.IMAGE_UPDATED, NotificationType.IMAGE_ROLLOUT_COMPLETED)


def _failure(narrator: Narrator, stage: Stage, console: Console) -> bool:
    console.print("\nA failure: the new image crashes. It is rolled back and not retried.")
    stage.push("cart", "1.1.0", works=False)
    narrator.print_action("push cart:1.1.0, which crashes")
    return (
        narrator.wait_for("cart", EventReason.IMAGE_UPDATE_FAILED, NotificationType.IMAGE_ROLLOUT_FAILED)
        and narrator.wait_for("cart", EventReason.IMAGE_ROLLED_BACK, NotificationType.IMAGE_ROLLED_BACK)
        and stage.keeps_image("cart", _NO_RETRY_SECONDS)
    )


def _recovery(narrator: Narrator, stage: Stage, console: Console) -> bool:
    console.print("\nA newer image is rolled out.")
    stage.push("cart", "1.1.1")
    narrator.print_action("push cart:1.1.1, which works")
    return narrator.wait_for("cart", EventReason.IMAGE_UPDATED, NotificationType.IMAGE_ROLLOUT_COMPLETED)


def _wait_until(condition: Callable[[], bool]) -> bool:
    deadline = Deadline(_TIMEOUT_SECONDS, time.monotonic)
    while not condition():
        if deadline.remaining() <= 0:
            return False
        time.sleep(_POLL_SECONDS)
    return True
