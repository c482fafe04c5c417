"""The script of the demo."""

from __future__ import annotations

from typing import Final

from rich.console import Console

from watch_cluster.domain.rollout.event import EventReason
from watch_cluster.domain.rollout.notification import NotificationType
from watch_cluster.entrypoints.demo.narrator import Narrator
from watch_cluster.entrypoints.demo.stage import Stage
from watch_cluster.entrypoints.output.check import print_text

EVERY_SECOND: Final = "* * * * * ?"
_NO_RETRY_SECONDS: Final = 2.5
"""How long the demo verifies that a failed image is not retried, although a check runs every second."""


def play(console: Console, *, verbose: bool = False) -> bool:
    """Run the demo in about half a minute; return whether every step had the expected result.

    `verbose` prints Events and webhooks as they are sent.
    """
    narrator = Narrator(console, verbose=verbose)
    console.print("Watch-Cluster demo: a registry, a cluster in memory and a webhook receiver.")
    stage = Stage(narrator, narrator.receive_webhook)
    narrator.registry = stage.registry_host
    try:
        return _play(narrator, stage, console)
    finally:
        stage.close()


def _play(narrator: Narrator, stage: Stage, console: Console) -> bool:
    _deploy_workloads(narrator, stage)
    stage.start()
    succeeded = (
        _update(narrator, stage)
        and _digest_change(narrator, stage)
        and _failure(narrator, stage)
        and _recovery(narrator, stage)
    )
    narrator.print_title("What `watch-cluster check` says now:")
    print_text(stage.check(), stage.now(), console, narrator.shorten)
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
    narrator.print_action("deploy shop:1.0.0 and cart:1.0.0 (version), site:edge (latest)")


def _update(narrator: Narrator, stage: Stage) -> bool:
    narrator.print_title("An update: the newest tag with the same format is selected.")
    for tag in ("1.0.1", "1.1.0-alpine", "1.1.0", "2.0.0-rc1"):
        stage.push("shop", tag)
    narrator.print_action("push shop:1.0.1, 1.1.0-alpine, 1.1.0 and 2.0.0-rc1")
    return _is_updated(narrator, "shop")


def _digest_change(narrator: Narrator, stage: Stage) -> bool:
    narrator.print_title("A digest change: the tag is the same, but its image is new.")
    stage.push("site", "edge", "changed")
    narrator.print_action("push another image as site:edge")
    return _is_updated(narrator, "site")


def _failure(narrator: Narrator, stage: Stage) -> bool:
    narrator.print_title("A failure: the new image crashes. A newer one is rolled out.")
    stage.push("cart", "1.1.0", works=False)
    narrator.print_action("push cart:1.1.0, which crashes")
    is_rolled_back = narrator.wait_for(
        "cart", EventReason.IMAGE_UPDATE_FAILED, NotificationType.IMAGE_ROLLOUT_FAILED
    ) and narrator.wait_for("cart", EventReason.IMAGE_ROLLED_BACK, NotificationType.IMAGE_ROLLED_BACK)
    if is_rolled_back:
        narrator.print_webhooks("cart")
    return is_rolled_back and stage.keeps_image("cart", _NO_RETRY_SECONDS)


def _recovery(narrator: Narrator, stage: Stage) -> bool:
    stage.push("cart", "1.1.1")
    narrator.print_action("push cart:1.1.1, which works")
    return _is_updated(narrator, "cart")


def _is_updated(narrator: Narrator, name: str) -> bool:
    is_updated = narrator.wait_for(name, EventReason.IMAGE_UPDATED, NotificationType.IMAGE_ROLLOUT_COMPLETED)
    if is_updated:
        narrator.print_webhooks(name)
    return is_updated
