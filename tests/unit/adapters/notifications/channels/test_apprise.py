"""Apprise runs in a process of its own, for as long as a message takes."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.cluster.processes import free_port
from tests.servers.webhook_receiver import Answer, WebhookReceiver
from watch_cluster.adapters.notifications.channels.apprise_sender import AppriseSender
from watch_cluster.adapters.notifications.channels.message import Message
from watch_cluster.adapters.notifications.sender import SendResult


def test_a_message_goes_wherever_apprise_can_send_it() -> None:
    with WebhookReceiver() as receiver:
        assert AppriseSender(f"json://{receiver.host}/hook").deliver(Message("title", "text")) == SendResult()
        body = json.loads(receiver.receive().body)
    assert (body["title"], body["message"]) == ("title", "text")


def test_a_receiver_that_refuses_is_tried_again() -> None:
    with WebhookReceiver([Answer(500)]) as receiver:
        result = AppriseSender(f"json://{receiver.host}/secret").deliver(Message("title"))
    assert result == SendResult("Apprise could not send it (status 3)", transient=True)


def test_a_receiver_that_is_away_is_tried_again() -> None:
    result = AppriseSender(f"json://127.0.0.1:{free_port()}/secret").deliver(Message("title"))
    assert result.transient


@pytest.mark.parametrize("url", ["nothing://at/all", "", "https//"])
def test_a_url_that_apprise_rejects_is_not_retried(url: str) -> None:
    assert AppriseSender(url).deliver(Message("title")) == SendResult("Apprise does not know this kind of URL")


def test_the_controller_never_imports_apprise() -> None:
    modules = "watch_cluster.adapters.notifications.channels.specs, watch_cluster.entrypoints.container.container"
    program = f"import {modules}, sys; assert 'apprise' not in sys.modules"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
