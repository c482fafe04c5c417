"""Sends messages with Apprise, in a process of its own for each message."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from dataclasses import dataclass, field
from typing import Final

from watch_cluster.adapters.notifications.channels import apprise_process
from watch_cluster.adapters.notifications.channels.message import Message
from watch_cluster.adapters.notifications.sender import SendResult

_SECONDS: Final = 60.0
_COMMAND: Final = (sys.executable, "-m", apprise_process.__name__)


def is_installed() -> bool:
    """Whether the extra `notifications` is installed."""
    return importlib.util.find_spec("apprise") is not None


@dataclass(frozen=True, slots=True)
class AppriseSender:
    """Sends messages to an Apprise URL, which is secret."""

    url: str = field(repr=False)

    def deliver(self, message: Message) -> SendResult:
        """Send one message. Never raises."""
        document = json.dumps({"url": self.url, "title": message.title, "text": message.text or message.title})
        try:
            # What it writes may quote the URL.
            done = subprocess.run(  # noqa: S603 - our own module
                _COMMAND,
                input=document.encode(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                timeout=_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return SendResult(f"Apprise did not end within {_SECONDS:g} s", transient=True)
        except OSError as error:
            return SendResult(f"Apprise could not be started ({error.strerror})", transient=True)
        if done.returncode == apprise_process.DELIVERED:
            return SendResult()
        if done.returncode == apprise_process.NOT_A_URL:
            return SendResult("Apprise does not know this kind of URL")
        return SendResult(f"Apprise could not send it (status {done.returncode})", transient=True)

    def close(self) -> None:
        """Nothing is kept open."""
