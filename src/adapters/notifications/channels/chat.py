"""Requests to chat rooms and push services, in the forms that they document.

Text is untrusted, such as messages of containers: nothing in it becomes a link, a mention or a format.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import httpx

from watch_cluster.adapters.http.poster import USER_AGENT, HttpPoster, NotPosted
from watch_cluster.adapters.notifications.channels.message import Message
from watch_cluster.adapters.notifications.client import result_of
from watch_cluster.adapters.notifications.sender import SendResult

_SECONDS: Final = 10.0
_MARKDOWN: Final = re.compile(r"([\\`*_~|<>\[\]()#@:-])")
_NO_EMBEDS: Final = 1 << 2

Body = Callable[[Message], object]


@dataclass(frozen=True, slots=True)
class Chat:
    """Posts the body that `body` makes of a message to a URL, which is secret."""

    url: str = field(repr=False)
    body: Body = field(repr=False)
    poster: HttpPoster = field(repr=False)
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)

    def deliver(self, message: Message) -> SendResult:
        """Send one message. Never raises."""
        content = json.dumps(self.body(message), ensure_ascii=False).encode()
        host = httpx.URL(self.url).netloc.decode("ascii")
        headers = {
            "Host": host,
            "Content-Type": "application/json",
            "Content-Length": str(len(content)),
            "User-Agent": USER_AGENT,
            **dict(self.headers),
        }
        try:
            return result_of(self.poster.post(self.url, headers.items(), content, _SECONDS))
        except NotPosted as error:
            return SendResult(str(error), transient=True)

    def close(self) -> None:
        """Close all connections."""
        self.poster.close()


def slack(message: Message) -> object:
    """An incoming webhook: plain text, in which only three characters have a meaning.

    Source: https://docs.slack.dev/messaging/formatting-message-text#escaping.
    """
    blocks = [{"type": "section", "text": {"type": "plain_text", "text": message.whole, "emoji": False}}]
    return {"text": _escaped_for_slack(message.whole), "blocks": blocks, "unfurl_links": False}


def _escaped_for_slack(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def teams(message: Message) -> object:
    """A workflow of Teams: an Adaptive Card with text runs, which have no Markdown.

    Source: https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/connectors-using.
    """
    runs: list[dict[str, object]] = [_rich_text(message.title, bold=True)]
    runs += [_rich_text(line) for line in message.text.splitlines() if line]
    card = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.2",
        "body": runs,
    }
    attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": None, "content": card}
    return {"type": "message", "attachments": [attachment]}


def _rich_text(text: str, *, bold: bool = False) -> dict[str, object]:
    run = {"type": "TextRun", "text": text, **({"weight": "Bolder"} if bold else {})}
    return {"type": "RichTextBlock", "inlines": [run]}


def discord(message: Message) -> object:
    """A webhook: Markdown is escaped, mentions are disabled, and links are not embedded.

    Source: https://docs.discord.com/developers/resources/webhook#execute-webhook.
    """
    content = _MARKDOWN.sub(r"\\\1", message.whole)[:2000]
    return {"content": content, "allowed_mentions": {"parse": []}, "flags": _NO_EMBEDS}


def telegram(chat_id: str) -> Body:
    """The method `sendMessage` of a bot. The text is code: in plain text, `@name` is a mention, and `a.example` a link.

    Source: https://core.telegram.org/bots/api#sendmessage and #messageentity.
    """

    def body(message: Message) -> object:
        document = {"chat_id": chat_id, "text": message.whole, "link_preview_options": {"is_disabled": True}}
        if not message.text:
            return document
        length = _utf16_units(message.text)
        code = {"type": "code", "offset": _utf16_units(message.whole) - length, "length": length}
        return document | {"entities": [code]}

    return body


def _utf16_units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def ntfy(topic: str) -> Body:
    """Published as JSON, to the server and not to the topic.

    Source: https://docs.ntfy.sh/publish/#publish-as-json.
    """

    def body(message: Message) -> object:
        return {"topic": topic, "title": message.title, "message": message.text or message.title}

    return body
