"""Digests as people read them."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from tests.servers.webhook_receiver import Answer, WebhookReceiver
from watch_cluster.adapters.http.poster import HttpPoster
from watch_cluster.adapters.notifications.channels import chat
from watch_cluster.adapters.notifications.channels.digest_sender import (
    LONG,
    SHORT,
    MessageDigestSender,
    digest_message,
)
from watch_cluster.application.ports.reporting.digests import DigestNotSent
from watch_cluster.domain.rollout.digest import Digest, DigestEntry
from watch_cluster.domain.rollout.notification import NotificationType
from watch_cluster.domain.workload.workload import WorkloadKey

SINCE, UNTIL = datetime(2031, 1, 1, tzinfo=UTC), datetime(2031, 1, 2, tzinfo=UTC)
SEOUL = ZoneInfo("Asia/Seoul")
SHOP = WorkloadKey("default", "Deployment", "shop")
DONE = DigestEntry(NotificationType.IMAGE_ROLLOUT_COMPLETED, SHOP, "shop:1.0 -> shop:1.1")
FAILED = DigestEntry(NotificationType.IMAGE_ROLLED_BACK, SHOP, "shop:1.1 -> shop:1.2: it\ncrashed \x1b[2J")
HELD = DigestEntry(NotificationType.APPROVAL_NEEDED, SHOP, "1.2 waits")


def test_a_digest_counts_and_lists_with_failures_first() -> None:
    message = digest_message(Digest(SINCE, UNTIL, (DONE, FAILED, HELD)), SEOUL, SHORT)
    assert message.title == "1 failed, 1 held, 1 updated since 2031-01-01 09:00 KST"
    assert message.text == (
        "Failed:\n- default/Deployment/shop: shop:1.1 -> shop:1.2: it crashed  [2J\n"
        "Held:\n- default/Deployment/shop: 1.2 waits\n"
        "Updated:\n- default/Deployment/shop: shop:1.0 -> shop:1.1"
    )


def test_a_digest_fits_a_chat_and_says_how_many_are_missing() -> None:
    digest = Digest(SINCE, UNTIL, (DONE,) * 500, omitted=7)
    message = digest_message(digest, SEOUL, SHORT)
    shown = message.text.count("shop:1.1")
    assert len(message.whole) < 2000
    assert message.text.endswith(f"and {500 - shown + 7} more: see `watch-cluster report`")
    assert digest_message(digest, SEOUL, LONG).text.count("shop:1.1") == 500


@pytest.mark.parametrize(("status", "transient"), [(503, True), (404, False)])
def test_a_channel_that_does_not_take_it_is_told(status: int, *, transient: bool) -> None:
    with WebhookReceiver([Answer(status)]) as receiver:
        sender = MessageDigestSender(chat.Chat(receiver.url, chat.slack, HttpPoster()), SEOUL)
        with pytest.raises(DigestNotSent, match=f"status {status}") as raised:
            sender.send(Digest(SINCE, UNTIL, (DONE,)))
    assert raised.value.transient is transient
