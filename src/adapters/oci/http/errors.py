"""Errors of requests to registries, with messages that only lack the name of the repository."""

from __future__ import annotations

import enum
import re
from datetime import datetime
from typing import Final

from watch_cluster.application.ports.registry.image_registry import RegistryError, RegistryRefused, RegistryUnavailable

_UNPRINTABLE: Final = re.compile(r"[^\x20-\x7e]")
_MAX_QUOTE_LENGTH: Final = 100


class Remedy(enum.Enum):
    """What helps against an error."""

    RETRY = "retry soon, then later"
    LATER = "retry later"
    CHANGE = "do not retry: something has to be changed"


class RequestError(Exception):
    """A request without a usable response: what happened, and what a person can do about it.

    `retry_at` is the Retry-After of the server, `too_many` whether the status was 429.
    """

    def __init__(
        self, what: str, advice: str, remedy: Remedy, retry_at: datetime | None = None, *, too_many: bool = False
    ) -> None:
        super().__init__(f"{what}: {advice}")
        self.what = what
        self.advice = advice
        self.remedy = remedy
        self.retry_at = retry_at
        self.too_many = too_many

    def backing_off_until(self, moment: datetime) -> RequestError:
        """Return the error to raise until that time, when the next request may be sent."""
        until = f"{self.what}; no further request is sent before {moment:%Y-%m-%d %H:%M:%S} UTC"
        return RequestError(until, self.advice, Remedy.LATER, moment, too_many=self.too_many)

    def about(self, subject: object) -> RegistryError:
        """Return this error as one of the port."""
        message = f"{subject}: {self}"
        return RegistryRefused(message) if self.remedy is Remedy.CHANGE else RegistryUnavailable(message, self.retry_at)


class NoResponse(RequestError):  # noqa: N818 - the name says what is wrong
    """The time for a request was over before its response was complete."""


def quote(text: str) -> str:
    """Quote untrusted text, short and on one line."""
    shown = _UNPRINTABLE.sub("?", text)
    return repr(shown if len(shown) <= _MAX_QUOTE_LENGTH else shown[:_MAX_QUOTE_LENGTH] + "...")
