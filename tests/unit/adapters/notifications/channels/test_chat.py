"""Bodies as Slack, Teams, Discord, Telegram and ntfy document them, at a real receiver."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

import pytest

from tests.servers.webhook_receiver import Answer, WebhookReceiver
from watch_cluster.adapters.http.poster import HttpPoster
from watch_cluster.adapters.notifications.channels import chat
from watch_cluster.adapters.notifications.channels.channel_sender import ChannelSender
from watch_cluster.adapters.notifications.channels.message import (
    InvalidTemplate,
    Message,
    check_template,
    message_of,
)
from watch_cluster.adapters.notifications.sender import SendResult
from watch_cluster.domain.images.origin import ImageOrigin
from watch_cluster.domain.rollout.notification import Notification, NotificationType
from watch_cluster.domain.workload.workload import Container, WorkloadKey

SHOP: Final = WorkloadKey("default", "Deployment", "shop")
NASTY: Final = "<!channel> & [here](https://evil.example) @everyone *bold* \x1b[2J"


def notification(reason: str = "it crashed", kind: str = "IMAGE_ROLLOUT_FAILED") -> Notification:
    details = {"reason": reason} if reason else {}
    at = datetime(2031, 1, 1, tzinfo=UTC)
    return Notification("1", NotificationType(kind), SHOP, (Container("app", "shop:1.1.0"),), at, details)


@pytest.fixture
def receiver() -> Iterator[WebhookReceiver]:
    with WebhookReceiver() as running:
        yield running


def sent(receiver: WebhookReceiver, body: chat.Body, message: Message) -> Any:
    assert chat.Chat(receiver.url, body, HttpPoster()).deliver(message) == SendResult()
    received = receiver.receive()
    assert received.headers["content-type"] == "application/json"
    return json.loads(received.body)


def test_slack_gets_plain_text_in_which_nothing_is_a_mention(receiver: WebhookReceiver) -> None:
    body = sent(receiver, chat.slack, Message("title", NASTY))
    assert body["text"].startswith("title\n&lt;!channel&gt; &amp; [here]")
    [block] = body["blocks"]
    assert block["type"] == "section"
    assert block["text"]["type"] == "plain_text"
    assert len(block["text"]["text"]) <= 3000
    assert body["unfurl_links"] is False


def test_teams_gets_an_adaptive_card_without_markdown(receiver: WebhookReceiver) -> None:
    body = sent(receiver, chat.teams, Message("title", f"first\n{NASTY}"))
    assert body["type"] == "message"
    [attachment] = body["attachments"]
    assert attachment["contentType"] == "application/vnd.microsoft.card.adaptive"
    card = attachment["content"]
    assert (card["type"], card["version"]) == ("AdaptiveCard", "1.2")
    assert [block["type"] for block in card["body"]] == ["RichTextBlock"] * 3
    assert [block["inlines"][0]["text"] for block in card["body"]] == ["title", "first", NASTY]


def test_discord_mentions_and_formats_nothing(receiver: WebhookReceiver) -> None:
    body = sent(receiver, chat.discord, Message("a" * 500, "*" * 750))
    assert len(body["content"]) <= 2000
    assert "\\*" in body["content"]
    assert body["allowed_mentions"] == {"parse": []}
    body = sent(receiver, chat.discord, Message("title", NASTY))
    assert "\\[here\\]\\(https\\://evil.example\\) \\@everyone \\*bold\\*" in body["content"]


def test_telegram_gets_a_title_alone_for_its_chat(receiver: WebhookReceiver) -> None:
    body = sent(receiver, chat.telegram("-100"), Message("title"))
    assert body == {"chat_id": "-100", "text": "title", "link_preview_options": {"is_disabled": True}}


@pytest.mark.parametrize("title", ["title", pytest.param("\N{ROCKET} title", id="two UTF-16 units for a character")])
def test_telegram_mentions_and_links_nothing_of_the_text(receiver: WebhookReceiver, title: str) -> None:
    text = f"{NASTY} \N{ROCKET}"
    body = sent(receiver, chat.telegram("-100"), Message(title, text))
    [entity] = body["entities"]
    assert entity["type"] == "code"
    units = body["text"].encode("utf-16-le")
    start, end = 2 * entity["offset"], 2 * (entity["offset"] + entity["length"])
    assert (units[:start].decode("utf-16-le"), units[start:end].decode("utf-16-le")) == (f"{title}\n", text)
    assert end == len(units)


def test_ntfy_gets_topic_title_and_message(receiver: WebhookReceiver) -> None:
    assert sent(receiver, chat.ntfy("updates"), Message("title", "text")) == {
        "topic": "updates",
        "title": "title",
        "message": "text",
    }


@pytest.mark.parametrize(("status", "transient"), [(400, False), (404, False), (429, True), (503, True)])
def test_says_whether_a_retry_can_help_and_never_where(receiver: WebhookReceiver, status: int, transient: bool) -> None:
    receiver.answers.append(Answer(status, (("Retry-After", "7"),)))
    result = chat.Chat(receiver.url, chat.slack, HttpPoster()).deliver(Message("title"))
    assert (result.error, result.transient, result.retry_after) == (f"status {status}", transient, 7)


def test_no_url_is_shown_when_a_channel_is_printed(receiver: WebhookReceiver) -> None:
    assert receiver.url not in repr(chat.Chat(receiver.url, chat.slack, HttpPoster()))


@pytest.mark.parametrize("kind", NotificationType)
def test_every_type_is_described_in_words(kind: NotificationType) -> None:
    message = message_of(notification(kind=kind.value))
    assert message.title.startswith("default/Deployment/shop ")
    assert message.text == "it crashed"


def test_a_message_is_printable_and_bounded() -> None:
    message = message_of(notification("\x1b[2J" + "a" * 10_000 + "\u202e"))
    assert len(message.whole) <= 1500
    assert message.whole.replace("\n", "").isprintable()


def test_a_template_renders_what_the_operator_wrote() -> None:
    assert message_of(notification(), "{type} of {name} in {namespace}: {reason}").text == (
        "IMAGE_ROLLOUT_FAILED of shop in default: it crashed"
    )


@pytest.mark.parametrize(
    "template", ["{other}", "{type.__class__}", "{workload[0]}", "{type!r}", "{type:>99999999}", "{"]
)
def test_a_template_reaches_nothing_but_its_fields(template: str) -> None:
    with pytest.raises(InvalidTemplate):
        check_template(template)


def test_untrusted_braces_are_text() -> None:
    assert message_of(notification("{type.__class__}")).text == "{type.__class__}"


def test_the_log_knows_a_channel_by_its_name(receiver: WebhookReceiver) -> None:
    sender = ChannelSender("team-a", chat.Chat(receiver.url, chat.slack, HttpPoster()))
    assert sender.receiver == "team-a"
    assert sender.send(notification()) == SendResult()
    assert "shop could not be updated to shop:1.1.0" in json.loads(receiver.receive().body)["text"]


def test_a_message_ends_with_where_the_image_comes_from() -> None:
    origins = {"app": ImageOrigin("https://github.com/team/shop"), "same": ImageOrigin("https://github.com/team/shop")}
    message = message_of(replace(notification(), origins=origins))
    links = "release notes https://github.com/team/shop/releases, source https://github.com/team/shop"
    assert message.text == f"it crashed\n{links}"
    assert message_of(replace(notification(), origins=origins), "{reason}").text == "it crashed"
