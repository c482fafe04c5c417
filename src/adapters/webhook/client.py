"""One attempt to deliver a webhook."""

from __future__ import annotations

import hashlib
import hmac
import ssl
import time
from dataclasses import dataclass
from importlib.metadata import version
from typing import Final

import httpcore
import httpx

from watch_cluster.adapters.deadline import Deadline, DeadlineBackend, ending_by
from watch_cluster.adapters.webhook.payload import payload
from watch_cluster.domain.rollout.notification import Notification

ID_HEADER: Final = "X-Watch-Cluster-Delivery"
SIGNATURE_HEADER: Final = "X-Watch-Cluster-Signature-256"
_OURS: Final = frozenset(
    {"host", "content-length", "transfer-encoding", "connection", ID_HEADER.lower(), SIGNATURE_HEADER.lower()}
)
_PASSES: Final = frozenset({408, 425, 429, *range(500, 600)})
"""Statuses after which the same request may succeed later."""
_LONGEST_WISH_SECONDS: Final = 60.0


@dataclass(frozen=True, slots=True)
class WebhookEndpoint:
    """Where webhooks go, and what goes with them. `timeout_seconds` is for a whole attempt."""

    url: str
    headers: tuple[tuple[str, str], ...] = ()
    timeout_seconds: float = 10.0
    secret: str | None = None

    @property
    def host(self) -> str:
        """The part of the URL that may be shown: the rest of it may be a secret."""
        return httpx.URL(self.url).netloc.decode("ascii")


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an attempt ended: `why` is None for a success. `again` is whether it may be mended by another one.

    `wish` is how long the receiver wants to be left alone, in seconds.
    """

    why: str | None = None
    again: bool = False
    wish: float = 0


class WebhookClient:
    """Sends announcements to a receiver, one attempt at a time. Safe for threads."""

    def __init__(self, receiver: WebhookEndpoint) -> None:
        self._receiver = receiver
        self._pool = httpcore.ConnectionPool(
            ssl_context=ssl.create_default_context(), keepalive_expiry=30, network_backend=DeadlineBackend()
        )

    def close(self) -> None:
        """Close the connections; what is under way fails."""
        self._pool.close()

    def send(self, notification: Notification) -> Outcome:
        """Make one attempt; never raises."""
        body = payload(notification)
        url = httpx.URL(self._receiver.url)
        deadline = Deadline(self._receiver.timeout_seconds, time.monotonic)
        target = httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)
        try:
            with (
                ending_by(deadline),
                self._pool.stream(
                    "POST", target, headers=self._headers(url, body, notification.id), content=body
                ) as answer,
            ):
                # The body of the answer is of no interest: the connection is given up with it.
                return _outcome(answer.status, dict(answer.headers))
        except httpcore.TimeoutException:
            return Outcome(f"no answer within {self._receiver.timeout_seconds:g} s", again=True)
        except httpcore.ProtocolError:
            # Its words may echo our request, of which the path and the headers may be secrets.
            return Outcome("what answers does not speak HTTP", again=True)
        except (httpcore.NetworkError, OSError) as error:
            return Outcome(f"no connection ({error})", again=True)
        except RuntimeError:
            # The pool was closed meanwhile.
            return Outcome("this process ends", again=True)

    def _headers(self, url: httpx.URL, body: bytes, delivery: str) -> list[tuple[str, str]]:
        headers = {
            "Host": url.netloc.decode("ascii"),
            "Content-Type": "application/json",
            "Content-Length": str(len(body)),
            "User-Agent": f"watch-cluster/{version('watch-cluster')}",
        }
        given = {name: value for name, value in self._receiver.headers if name.lower() not in _OURS}
        headers = {name: value for name, value in headers.items() if name.lower() not in map(str.lower, given)} | given
        headers[ID_HEADER] = delivery
        if self._receiver.secret is not None:
            digest = hmac.new(self._receiver.secret.encode(), body, hashlib.sha256).hexdigest()
            headers[SIGNATURE_HEADER] = f"sha256={digest}"
        return list(headers.items())


def _outcome(status: int, headers: dict[bytes, bytes]) -> Outcome:
    if 200 <= status < 300:  # noqa: PLR2004 - RFC 9110, section 15
        return Outcome()
    wish = {name.lower(): value for name, value in headers.items()}.get(b"retry-after", b"")
    seconds = min(float(wish), _LONGEST_WISH_SECONDS) if wish.isdigit() else 0
    return Outcome(f"it answered {status}", again=status in _PASSES, wish=seconds)
