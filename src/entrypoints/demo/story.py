"""What happens in the demo, and how it is told."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Lock
from typing import Any, Final

from rich.console import Console
from rich.text import Text

from watch_cluster.domain.rollout.event import Event, EventReason
from watch_cluster.domain.rollout.notification import NotificationType
from watch_cluster.entrypoints.cli.check import print_table
from watch_cluster.entrypoints.demo.stage import Stage

EVERY_SECOND: Final = "* * * * * ?"
_PATIENCE_SECONDS: Final = 20.0
_LOOK_SECONDS: Final = 0.05
_REST_SECONDS: Final = 2.5
"""How long the demo waits to see that what failed is not tried again, though it is checked each second."""
_STYLES: Final = {True: "yellow", False: "green"}


class Teller:
    """Prints what people do, and what comes of it as Events and webhooks. Implements the port `Notifier`."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._lock = Lock()
        self._began = time.monotonic()
        self._events: list[tuple[str, EventReason]] = []
        self._webhooks: list[tuple[str, str]] = []

    def notify(self, event: Event) -> None:
        """Print the Event as `kubectl get events` would show it."""
        with self._lock:
            self._events.append((event.workload.name, event.reason))
        kind = "Warning" if event.reason.is_warning else "Normal"
        self._tell(
            "event", f"{kind} {event.reason} {event.workload}: {event.message}", _STYLES[event.reason.is_warning]
        )

    def received(self, body: dict[str, Any]) -> None:
        """Print a webhook that arrived."""
        with self._lock:
            self._webhooks.append((body["deployment"]["name"], body["eventType"]))
        deployment = body["deployment"]
        details = "".join(f", {name} {value}" for name, value in body["details"].items())
        self._tell("webhook", f"{body['eventType']} {deployment['name']} {deployment['image']}{details}", "cyan")

    def act(self, text: str) -> None:
        """Print what somebody does."""
        self._tell("you", text, "bold")

    def told(self, name: str, reason: EventReason, notification_type: NotificationType) -> bool:
        """Whether both channels told it."""
        with self._lock:
            return (name, reason) in self._events and (name, notification_type.value) in self._webhooks

    def _tell(self, who: str, text: str, style: str) -> None:
        line = Text(f"{time.monotonic() - self._began:5.1f} s  {who:<8} ")
        line.append(text, style)
        self._console.print(line, soft_wrap=True)


def play(console: Console) -> bool:
    """Play the demo, in about half a minute; whether everything came out as it should."""
    teller = Teller(console)
    console.print(
        "Watch-Cluster at work: a registry, a cluster in memory, a receiver of webhooks, all in this process."
    )
    stage = Stage(teller, teller.received)
    try:
        return _play(teller, stage, console)
    finally:
        stage.close()


def _play(teller: Teller, stage: Stage, console: Console) -> bool:
    for repository, tag in (("shop", "1.0.0"), ("cart", "1.0.0"), ("site", "edge")):
        stage.push(repository, tag)
        strategy = "latest" if tag == "edge" else "version"
        settings = {"enabled": "true", "cron": EVERY_SECOND, "strategy": strategy, "soak": "1s"}
        stage.deploy(repository, stage.image(repository, tag), settings)
        teller.act(f"Deployment {repository} runs {repository}:{tag} and opts in with strategy {strategy}")
    stage.start()

    console.print("\nA good update: of all newer tags the newest of the same kind is taken.")
    for tag in ("1.0.1", "1.1.0-alpine", "1.1.0", "2.0.0-rc1"):
        stage.push("shop", tag)
    teller.act("push shop:1.0.1, shop:1.1.0-alpine, shop:1.1.0 and shop:2.0.0-rc1")
    good = _comes_true(lambda: teller.told("shop", EventReason.IMAGE_UPDATED, NotificationType.IMAGE_ROLLOUT_COMPLETED))

    console.print("\nA digest change: the tag stays, what it stands for does not.")
    stage.push("site", "edge", "changed")
    teller.act("push another image as site:edge")
    changed = _comes_true(
        lambda: teller.told("site", EventReason.IMAGE_UPDATED, NotificationType.IMAGE_ROLLOUT_COMPLETED)
    )

    console.print("\nA failure: the new image crashes. The old one is put back, and the new one is never tried again.")
    stage.push("cart", "1.1.0", works=False)
    teller.act("push cart:1.1.0, which crashes")
    failed = _comes_true(
        lambda: teller.told("cart", EventReason.IMAGE_UPDATE_FAILED, NotificationType.IMAGE_ROLLOUT_FAILED)
    )
    back = _comes_true(lambda: teller.told("cart", EventReason.IMAGE_ROLLED_BACK, NotificationType.IMAGE_ROLLED_BACK))
    rested = stage.rests("cart", _REST_SECONDS)

    console.print("\nA newer one is taken.")
    stage.push("cart", "1.1.1")
    teller.act("push cart:1.1.1, which works")
    mended = _comes_true(
        lambda: teller.told("cart", EventReason.IMAGE_UPDATED, NotificationType.IMAGE_ROLLOUT_COMPLETED)
    )

    console.print("\nWhat `watch-cluster check` says now:")
    print_table(stage.check(), console)
    right = good and changed and failed and back and rested and mended
    right = right and stage.runs("shop") == stage.image("shop", "1.1.0")
    console.print("\nThat was it. The same on your own cluster: README.md." if right else "\nThat went wrong.")
    return right


def _comes_true(condition: Callable[[], bool]) -> bool:
    end = time.monotonic() + _PATIENCE_SECONDS
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(_LOOK_SECONDS)
    return True
