"""Decides about requests to hooks: who sent them, whether there are too many, and what was pushed."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

import structlog

from watch_cluster.adapters.hooks.bodies.reading import InvalidBody
from watch_cluster.adapters.hooks.proofs import HookRequest
from watch_cluster.adapters.hooks.secrets import SecretFolder
from watch_cluster.adapters.hooks.sources import SOURCES, Source
from watch_cluster.application.ports.push_inbox import InboxUnavailable, PushInbox
from watch_cluster.tools.ongoing import Ongoing
from watch_cluster.tools.token_bucket import TokenBucket

RATE: Final = 20.0
"""How many genuine requests of a source are accepted in a second, in the long run."""
BURST: Final = 100


class HookResult(StrEnum):
    """What became of a request, as the metric counts it."""

    ACCEPTED = "accepted"
    IGNORED = "ignored"
    FORGED = "forged"
    LIMITED = "limited"
    INVALID = "invalid"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class HookResponse:
    """The status and the line that the sender gets."""

    status: int
    line: str
    headers: dict[str, str] = field(default_factory=dict)


_RETRY: Final = {"Retry-After": "5"}
_NOT_FOUND: Final = HookResponse(404, "there is no such source, or no secret for it")
_RESPONSES: Final = {
    HookResult.ACCEPTED: HookResponse(202, "checks are due"),
    HookResult.IGNORED: HookResponse(200, "nothing was pushed"),
    HookResult.FORGED: HookResponse(401, "the secret or signature is wrong"),
    HookResult.LIMITED: HookResponse(429, "too many requests", _RETRY),
    HookResult.FAILED: HookResponse(503, "the push cannot be kept now", _RETRY),
}


class HookReceiver:
    """Puts pushes into the inbox. Thread-safe. `on_result` gets the source and the result of each request.

    The response is sent once the push is kept: a sender that gets no 2xx may send it again.
    """

    def __init__(
        self,
        secrets: SecretFolder,
        inbox: PushInbox,
        on_put: Callable[[], None],
        on_result: Callable[[str, str], None] = lambda _source, _result: None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._secrets = secrets
        self._inbox = inbox
        self._on_put = on_put
        self._on_result = on_result
        self._buckets = {name: TokenBucket(RATE, BURST, monotonic) for name in SOURCES}
        self._conditions = Ongoing()
        self._log = structlog.get_logger()

    def configured(self) -> tuple[str, ...]:
        """The sources that have a secret."""
        return tuple(name for name in SOURCES if self._secrets.of(name))

    def receive(self, request: HookRequest) -> HookResponse:
        """Decide about one request."""
        source = SOURCES.get(request.source)
        secrets = () if source is None else self._secrets.of(request.source)
        if source is None or not secrets:
            return _NOT_FOUND
        if not any(source.proof(request, secret) for secret in secrets):
            return self._result(request, HookResult.FORGED, "the secret or signature is wrong")
        if not self._buckets[request.source].take():
            return self._result(request, HookResult.LIMITED, f"more than {RATE:g} requests a second")
        return self._put(request, source)

    def _put(self, request: HookRequest, source: Source) -> HookResponse:
        try:
            pushed = source.read(request.body)
            if not pushed:
                return self._result(request, HookResult.IGNORED)
            self._inbox.put(pushed)
        except InvalidBody as error:
            self._result(request, HookResult.INVALID, str(error))
            return HookResponse(400, str(error))
        except InboxUnavailable as error:
            return self._result(request, HookResult.FAILED, str(error))
        self._on_put()
        self._log.info("push received", source=request.source, repositories=[str(each) for each in pushed][:10])
        return self._result(request, HookResult.ACCEPTED)

    def _result(self, request: HookRequest, result: HookResult, why: str | None = None) -> HookResponse:
        """Count a result, and log a refusal unless the last request of the source was refused as well."""
        self._on_result(request.source, result)
        if why is None:
            self._conditions.ends(request.source)
        elif self._conditions.begins(request.source, result):
            self._log.warning("push refused", source=request.source, why=why)
        return _RESPONSES.get(result, _NOT_FOUND)
