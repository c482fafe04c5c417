"""Suggestions for misspelled names: "did you mean …?"."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from difflib import get_close_matches
from itertools import islice
from typing import Final

_SIMILARITY: Final = 0.7
"""Accepts one transposition in four letters (`corn`: 0.75), and little more."""
_LONGEST: Final = 64
"""Longer words are not misspelled names, and comparing takes quadratic time."""
_MAX_NAMES: Final = 20
"""The number of containers that a message lists."""


def nearest(word: str, known: Iterable[str], similarity: float = _SIMILARITY) -> str | None:
    """Return the known word most similar to `word`, ignoring case; None if none is similar enough.

    >>> nearest("stratgey", ["cron", "strategy"])
    'strategy'
    >>> nearest("interval", ["cron", "strategy"])
    """
    if len(word) > _LONGEST:
        return None
    by_lower_case = {each.lower(): each for each in known}
    found = get_close_matches(word.lower(), by_lower_case, n=1, cutoff=similarity)
    return by_lower_case[found[0]] if found else None


def with_suggestion(problem: str, otherwise: str, word: str, known: Collection[str]) -> str:
    """Return a message with the problem, and with the most similar known word; without one, with all alternatives.

    >>> with_suggestion("unknown setting", "known settings are cron, strategy", "stratgey", ["cron", "strategy"])
    'unknown setting, did you mean "strategy"?'
    >>> with_suggestion("unknown setting", "known settings are cron, strategy", "interval", ["cron", "strategy"])
    'unknown setting: known settings are cron, strategy'
    """
    meant = nearest(word, known)
    return f"{problem}: {otherwise}" if meant is None else f'{problem}, did you mean "{meant}"?'


def no_such_container(name: str, names: Iterable[str]) -> str:
    """Return a message for an unknown container, with the containers that exist."""
    some = tuple(islice(names, _MAX_NAMES))
    return with_suggestion(f"there is no container {name!r}", f"the containers are {', '.join(some)}", name, some)
