"""Sends single webhook requests."""

from __future__ import annotations

import hashlib
import hmac
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from typing import Final

import httpcore
import httpx

from watch_cluster.adapters.http_deadline import DeadlineBackend, deadline_scope
from watch_cluster.adapters.webhook.payload import payload
from watch_cluster.domain.rollout.notification import Notification
from watch_cluster.tools.deadline import Deadline

ID_HEADER: Final = "X-Watch-Cluster-Delivery"
TIMESTAMP_HEADER: Final = "X-Watch-Cluster-Timestamp"
"""When the request was sent, in seconds since 1970."""
SIGNATURE_HEADER: Final = "X-Watch-Cluster-Signature"
"""Signs id, timestamp and body: an old webhook cannot be sent again, or with another id."""
BODY_SIGNATURE_HEADER: Final = "X-Watch-Cluster-Signature-256"
"""Signs the body alone, for receivers that were written before there was the other one."""
_RESERVED_HEADERS: Final = frozenset(
    {
        *("host", "content-length", "transfer-encoding", "connection"),
        *(name.lower() for name in (ID_HEADER, TIMESTAMP_HEADER, SIGNATURE_HEADER, BODY_SIGNATURE_HEADER)),
    }
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


@dataclass(frozen=True, slots=True)
class SendResult:
    """The result of one request: `error` is None on success, `transient` is whether a retry can succeed.

    `retry_after` is the delay that the receiver requests, in seconds.
    """

    error: str | None = None
    transient: bool = False
    retry_after: float = 0


class WebhookClient:
    """Sends notifications to a receiver. Thread-safe."""

    def __init__(self, endpoint: WebhookEndpoint, clock: Callable[[], float] = time.time) -> None:
        self._endpoint = endpoint
        self._clock = clock
        self._pool = httpcore.ConnectionPool(
            ssl_context=ssl.create_default_context(), keepalive_expiry=30, network_backend=DeadlineBackend()
        )

    def close(self) -> None:
        """Close all connections; requests in progress fail."""
        self._pool.close()

    def send(self, notification: Notification) -> SendResult:
        """Send one request. Never raises."""
        body = payload(notification)
        url = httpx.URL(self._endpoint.url)
        deadline = Deadline(self._endpoint.timeout_seconds, time.monotonic)
        target = httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)
        try:
            with (
                deadline_scope(deadline),
                self._pool.stream(
                    "POST", target, headers=self._headers(url, body, notification.id), content=body
                ) as response,
            ):
                # The response body is not read, so the connection is not reused.
                return _result(response.status, dict(response.headers))
        except httpcore.TimeoutException:
            return SendResult(f"no response within {self._endpoint.timeout_seconds:g} s", transient=True)
        except httpcore.ProtocolError:
            # The error may quote our request, whose path and headers may be secret.
            return SendResult("the response is not HTTP", transient=True)
        except (httpcore.NetworkError, OSError) as error:
            return SendResult(f"no connection ({error})", transient=True)
        except RuntimeError:
            # The pool was closed concurrently.
            return SendResult("the process is shutting down", transient=True)

    def _headers(self, url: httpx.URL, body: bytes, delivery_id: str) -> list[tuple[str, str]]:
        defaults = {
            "Host": url.netloc.decode("ascii"),
            "Content-Type": "application/json",
            "Content-Length": str(len(body)),
            "User-Agent": f"watch-cluster/{version('watch-cluster')}",
        }
        custom = {name: value for name, value in self._endpoint.headers if name.lower() not in _RESERVED_HEADERS}
        overridden = {name.lower() for name in custom}
        headers = {name: value for name, value in defaults.items() if name.lower() not in overridden} | custom
        timestamp = str(int(self._clock()))
        headers |= {ID_HEADER: delivery_id, TIMESTAMP_HEADER: timestamp}
        if self._endpoint.secret is not None:
            secret = self._endpoint.secret.encode()
            headers[SIGNATURE_HEADER] = _signature(secret, f"{delivery_id}.{timestamp}.".encode() + body)
            headers[BODY_SIGNATURE_HEADER] = _signature(secret, body)
        return list(headers.items())


def _signature(secret: bytes, content: bytes) -> str:
    return f"sha256={hmac.new(secret, content, hashlib.sha256).hexdigest()}"


def _result(status: int, headers: dict[bytes, bytes]) -> SendResult:
    if 200 <= status < 300:  # noqa: PLR2004 - RFC 9110, section 15
        return SendResult()
    delay = {name.lower(): value for name, value in headers.items()}.get(b"retry-after", b"")
    seconds = min(float(delay), _MAX_RETRY_AFTER_SECONDS) if delay.isdigit() else 0
    return SendResult(f"status {status}", transient=status in _TRANSIENT_STATUSES, retry_after=seconds)
