"""Sends single webhook requests."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import httpx

from watch_cluster.adapters.http.poster import USER_AGENT, HttpPoster, NotPosted, Posted
from watch_cluster.adapters.notifications.payload import payload
from watch_cluster.adapters.notifications.sender import SendResult
from watch_cluster.domain.rollout.notification import Notification

ID_HEADER: Final = "X-Watch-Cluster-Delivery"
TIMESTAMP_HEADER: Final = "X-Watch-Cluster-Timestamp"
"""When the request was sent, in seconds since 1970."""
SIGNATURE_HEADER: Final = "X-Watch-Cluster-Signature"
"""Signs id, timestamp and body: an old webhook cannot be sent again, or with another id."""
BODY_SIGNATURE_HEADER: Final = "X-Watch-Cluster-Signature-256"
"""Signs the body alone, for receivers that were written before there was the other one."""
STANDARD_ID_HEADER: Final = "webhook-id"
"""The same three as Standard Webhooks name them, for receivers with a library of theirs.

Source: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""
STANDARD_TIMESTAMP_HEADER: Final = "webhook-timestamp"
STANDARD_SIGNATURE_HEADER: Final = "webhook-signature"
_STANDARD_SECRET: Final = "whsec_"  # noqa: S105 - the prefix of secrets
_OWN_HEADERS: Final = (
    *(ID_HEADER, TIMESTAMP_HEADER, SIGNATURE_HEADER, BODY_SIGNATURE_HEADER),
    *(STANDARD_ID_HEADER, STANDARD_TIMESTAMP_HEADER, STANDARD_SIGNATURE_HEADER),
)
_RESERVED_HEADERS: Final = frozenset(
    {"host", "content-length", "transfer-encoding", "connection", *(name.lower() for name in _OWN_HEADERS)}
)
_TRANSIENT_STATUSES: Final = frozenset({408, 425, 429, *range(500, 600)})
"""Statuses after which a retry can succeed."""
_MAX_RETRY_AFTER_SECONDS: Final = 60.0


@dataclass(frozen=True, slots=True)
class WebhookEndpoint:
    """Where webhooks are sent, with their headers and HMAC secret. `timeout_seconds` limits a whole request."""

    url: str
    headers: tuple[tuple[str, str], ...] = ()
    timeout_seconds: float = 10.0
    secret: str | None = None

    @property
    def host(self) -> str:
        """Host and port of the URL, safe to log: path and query may be secret."""
        return httpx.URL(self.url).netloc.decode("ascii")


class WebhookClient:
    """Implements `Sender` for a webhook."""

    def __init__(
        self,
        endpoint: WebhookEndpoint,
        poster: HttpPoster | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._endpoint = endpoint
        self._clock = clock
        self._poster = poster or HttpPoster()

    @property
    def receiver(self) -> str:
        """The host of the endpoint."""
        return self._endpoint.host

    def close(self) -> None:
        """Close all connections; requests in progress fail."""
        self._poster.close()

    def send(self, notification: Notification) -> SendResult:
        """Send one request. Never raises."""
        body = payload(notification)
        headers = self._headers(body, notification.id)
        try:
            return result_of(self._poster.post(self._endpoint.url, headers, body, self._endpoint.timeout_seconds))
        except NotPosted as error:
            return SendResult(str(error), transient=True)

    def _headers(self, body: bytes, delivery_id: str) -> list[tuple[str, str]]:
        defaults = {
            "Host": self._endpoint.host,
            "Content-Type": "application/json",
            "Content-Length": str(len(body)),
            "User-Agent": USER_AGENT,
        }
        custom = {name: value for name, value in self._endpoint.headers if name.lower() not in _RESERVED_HEADERS}
        overridden = {name.lower() for name in custom}
        headers = {name: value for name, value in defaults.items() if name.lower() not in overridden} | custom
        timestamp = str(int(self._clock()))
        headers |= {ID_HEADER: delivery_id, TIMESTAMP_HEADER: timestamp}
        headers |= {STANDARD_ID_HEADER: delivery_id, STANDARD_TIMESTAMP_HEADER: timestamp}
        if self._endpoint.secret is not None:
            secret, signed = self._endpoint.secret.encode(), f"{delivery_id}.{timestamp}.".encode() + body
            headers[SIGNATURE_HEADER] = _signature(secret, signed)
            headers[BODY_SIGNATURE_HEADER] = _signature(secret, body)
            headers[STANDARD_SIGNATURE_HEADER] = _standard_signature(self._endpoint.secret, signed)
        return list(headers.items())


def _signature(secret: bytes, content: bytes) -> str:
    return f"sha256={hmac.new(secret, content, hashlib.sha256).hexdigest()}"


def _standard_signature(secret: str, content: bytes) -> str:
    """Sign as Standard Webhooks do: a secret that begins with `whsec_` is the key in base 64."""
    key = secret.encode()
    if secret.startswith(_STANDARD_SECRET):
        try:
            key = base64.b64decode(secret.removeprefix(_STANDARD_SECRET), validate=True)
        except binascii.Error:
            key = secret.encode()
    return f"v1,{base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode('ascii')}"


def result_of(posted: Posted) -> SendResult:
    """Read the status: which ones a retry can mend, and when."""
    if 200 <= posted.status < 300:  # noqa: PLR2004 - RFC 9110, section 15
        return SendResult()
    delay = posted.headers.get("retry-after", "")
    seconds = min(float(delay), _MAX_RETRY_AFTER_SECONDS) if delay.isascii() and delay.isdigit() else 0
    return SendResult(f"status {posted.status}", transient=posted.status in _TRANSIENT_STATUSES, retry_after=seconds)
