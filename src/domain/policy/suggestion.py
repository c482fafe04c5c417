"""Finds the word that a person most likely meant, since most unknown names are misspelled known ones."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from difflib import get_close_matches
from itertools import islice
from typing import Final

_SIMILARITY: Final = 0.7
"""Lets one transposition in four letters pass (`corn`: 0.75), and little more."""
_LONGEST: Final = 64
"""What is longer is no misspelled name; comparing takes time that grows with the square of the length."""
_MOST_NAMES: Final = 20
"""How many containers a message names."""


def nearest(word: str, known: Iterable[str], similarity: float = _SIMILARITY) -> str | None:
    """The known word that is most similar to `word`, in whatever case; None when no word is similar.

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
    """Tell a problem, the known word that was most likely meant, and what else there is.

    >>> with_suggestion("there is no such setting", "known are cron, strategy", "stratgey", ["cron", "strategy"])
    'there is no such setting, did you mean "strategy"? (known are cron, strategy)'
    """
    meant = nearest(word, known)
    return f"{problem}: {otherwise}" if meant is None else f'{problem}, did you mean "{meant}"? ({otherwise})'


def no_such_container(name: str, names: Iterable[str]) -> str:
    """Tell that a workload has no container of the name, which ones it has, and which one may be meant."""
    some = tuple(islice(names, _MOST_NAMES))
    return with_suggestion(f"there is no container {name!r}", f"there is {', '.join(some)}", name, some)
