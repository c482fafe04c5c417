"""Pushes on a Lease of their own: each replica may write it already, so that no further permission is needed."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Collection, Mapping
from threading import Lock
from typing import Final

from watch_cluster.adapters.kubernetes.lease.leadership import Leases
from watch_cluster.adapters.kubernetes.lease.store import LeaseConflict, LeaseUnavailable
from watch_cluster.application.ports.push_inbox import InboxUnavailable
from watch_cluster.domain.images.pushed import InvalidPushedRepository, PushedRepository

NAME: Final = "watch-cluster-pushes"
PUSHES: Final = "watch-cluster.io/pushes"
"""The annotation with a JSON object: each repository, as `PushedRepository.parse` reads it, and its mark."""
_MAX_PUSHES: Final = 256
"""Even with the longest names, they fit into the 256 KiB that the API server allows for annotations."""
_MAX_CHARACTERS: Final = 256 * 1024
_MARK_DIGITS: Final = 12
_ATTEMPTS: Final = 5
_TIMEOUT_SECONDS: Final = 3.0


def _mark() -> str:
    return uuid.uuid4().hex[:_MARK_DIGITS]


class LeasePushInbox:
    """Implements the port `PushInbox` on the Lease `watch-cluster-pushes`.

    Pushes that arrive while another is being written are written together.
    """

    def __init__(self, leases: Leases, mark: Callable[[], str] = _mark) -> None:
        self._leases = leases
        self._mark = mark
        self._lock = Lock()
        self._writing = Lock()
        self._waiting: dict[PushedRepository, None] = {}
        self._put = 0
        """How many calls of `put` have added to `_waiting`."""
        self._written = 0
        """Up to which of them all is written."""

    def put(self, pushed: Collection[PushedRepository]) -> None:
        """Write pushes, together with those of other threads. Raises `InboxUnavailable`."""
        with self._lock:
            self._waiting = dict.fromkeys([*self._waiting, *pushed][-_MAX_PUSHES:])
            self._put += 1
            number = self._put
        with self._writing:
            if self._written >= number:
                return
            with self._lock:
                waiting, upto = tuple(self._waiting), self._put
            self._update(lambda present: self._with(present, waiting))
            with self._lock:
                self._written = upto
                if self._put == upto:
                    self._waiting.clear()

    def pushes(self) -> Mapping[PushedRepository, str]:
        """Read the Lease. Raises `InboxUnavailable`."""
        try:
            record = self._leases.read(_TIMEOUT_SECONDS)
        except LeaseUnavailable as error:
            raise InboxUnavailable(str(error)) from error
        return {} if record is None else _parse(record.annotation(PUSHES))

    def remove(self, handled: Mapping[PushedRepository, str]) -> None:
        """Remove handled pushes from the Lease. Raises `InboxUnavailable`."""
        self._update(lambda present: {each: mark for each, mark in present.items() if handled.get(each) != mark})

    def _with(
        self, present: dict[PushedRepository, str], pushed: Collection[PushedRepository]
    ) -> dict[PushedRepository, str]:
        others = {each: mark for each, mark in present.items() if each not in pushed}
        everything = others | {each: self._mark() for each in pushed}
        return dict(list(everything.items())[-_MAX_PUSHES:])

    def _update(self, change: Callable[[dict[PushedRepository, str]], dict[PushedRepository, str]]) -> None:
        for _ in range(_ATTEMPTS):
            try:
                record = self._leases.read(_TIMEOUT_SECONDS) or self._leases.new(None)
                present = _parse(record.annotation(PUSHES))
                changed = change(present)
                if changed == present and record.version is not None:
                    return
                content = json.dumps({str(each): mark for each, mark in changed.items()}, separators=(",", ":"))
                self._leases.write(record.with_annotation(PUSHES, content), _TIMEOUT_SECONDS)
            except LeaseConflict:
                continue
            except LeaseUnavailable as error:
                raise InboxUnavailable(str(error)) from error
            return
        raise InboxUnavailable(f"other replicas write the Lease {NAME} too often")


def _parse(text: str | None) -> dict[PushedRepository, str]:
    """Read what `_update` wrote. Anything else in it is skipped."""
    try:
        document = json.loads(text or "{}") if len(text or "") <= _MAX_CHARACTERS else None
    except (ValueError, RecursionError):
        return {}
    if not isinstance(document, dict):
        return {}
    pushes: dict[PushedRepository, str] = {}
    for name, mark in list(document.items())[-_MAX_PUSHES:]:
        try:
            pushes[PushedRepository.parse(name)] = str(mark)[:_MARK_DIGITS]
        except InvalidPushedRepository:
            continue
    return pushes
