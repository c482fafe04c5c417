"""When a collection is left out because the API server does not serve it, or does not let us see it."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

LEAVE_OUT_AFTER_SECONDS: Final = 5.0
"""How long a refusal must last. An API server that has just started refuses all, until it has read the roles."""
LET_GO_AFTER_SECONDS: Final = 120.0
"""How long it must last for a collection that was watched before, since all of it is forgotten then."""
REFUSED_PAUSE: Final = 1.0
LEFT_OUT_PAUSE: Final = 60.0
"""How long a collection that is left out is not tried again."""
LEFT_OUT: Final = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.FORBIDDEN})


class Refusals:
    """The refusals of one collection. `left_out` is whether it is left out now."""

    def __init__(self) -> None:
        self.left_out = False
        self._since: float | None = None
        self._watched = False

    def note_watched(self) -> None:
        """Note that the collection is watched."""
        self._since = None
        self._watched = True

    def note_other_failure(self) -> None:
        """Note a failure of another kind: whether we are still refused is unknown."""
        self._since = None

    def is_final(self, now: float) -> bool:
        """Note a refusal at that monotonic second; returns whether the collection is to be left out."""
        self._since = now if self._since is None else self._since
        if now - self._since < (LET_GO_AFTER_SECONDS if self._watched else LEAVE_OUT_AFTER_SECONDS):
            return False
        self._watched = False
        return True
