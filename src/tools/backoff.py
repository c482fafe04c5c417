"""How long to wait before the next attempt."""

from __future__ import annotations

from datetime import timedelta
from typing import Final, TypeVar

Pause = TypeVar("Pause", float, timedelta)

_MAX_DOUBLINGS: Final = 20
"""Enough for any pause, and far from an overflow."""


def exponential_backoff(failures: int, first: Pause, longest: Pause) -> Pause:
    """Return the pause after so many earlier failures in a row: `first`, doubled with each, at most `longest`."""
    return min(first * (1 << min(failures, _MAX_DOUBLINGS)), longest)


def jittered(pause: float, chance: float) -> float:
    """Shorten the pause by up to a half, by a `chance` from 0 to 1, so that many who fail together spread out."""
    return pause * (0.5 + chance / 2)
