"""Parsers of settings that have no module of their own: flags, choices, names."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from typing import Final, TypeVar

from watch_cluster.domain.images.reference import is_digest, is_tag
from watch_cluster.domain.policy.values.suggestion import nearest
from watch_cluster.domain.schedule.duration import parse_duration
from watch_cluster.domain.workload import annotation

ALL_CONTAINERS: Final = "*"
MOST_BEHIND: Final = 99

Meaning = TypeVar("Meaning")


def choice(meanings: Mapping[str, Meaning]) -> Callable[[str], Meaning]:
    """Return a parser of exactly these words, which raises `ValueError` with a suggestion.

    >>> choice({"update": 1, "notify": 2})("notify")
    2
    """

    def parse(text: str) -> Meaning:
        if text not in meanings:
            raise ValueError(_allowed(text, meanings))
        return meanings[text]

    return parse


parse_flag: Final = choice({"true": True, "false": False})


def parse_text(text: str) -> str:
    """Accept any text."""
    return text


def parse_behind(text: str) -> int:
    """Parse by how many versions to stay behind the newest. Raises `ValueError`."""
    if not text.isascii() or not text.isdecimal() or int(text[:4]) > MOST_BEHIND:
        raise ValueError(f"write a number of versions, from 0 to {MOST_BEHIND}")
    return int(text)


def parse_container_names(text: str) -> tuple[str, ...]:
    """Parse comma-separated names, without duplicates, or `*` alone. Raises `ValueError`.

    >>> parse_container_names("app, migrate,app")
    ('app', 'migrate')
    """
    names = tuple(dict.fromkeys(part.strip() for part in text.split(",")))
    if not all(names) or (ALL_CONTAINERS in names and len(names) > 1):
        raise ValueError("write container names, comma separated, or * for all")
    return names


def parse_approved(text: str) -> frozenset[str]:
    """Parse comma-separated tags and digests. Raises `ValueError`."""
    names = frozenset(part.strip() for part in text.split(","))
    for name in sorted(names):
        if not is_tag(name) and not is_digest(name):
            raise ValueError(f"{name!r} is not a tag or a digest: copy the value of {annotation.PENDING}")
    return names


def parse_timeout(text: str) -> timedelta:
    """Parse a duration that is longer than zero. Raises `ValueError`."""
    timeout = parse_duration(text)
    if not timeout:
        raise ValueError("it must be longer than zero")
    return timeout


def _allowed(text: str, words: Iterable[str]) -> str:
    """`did you mean "latest"? (allowed values are "version" and "latest")`."""
    *others, last = (f'"{word}"' for word in words)
    allowed = f"allowed values are {', '.join(others)} and {last}" if others else f"the only allowed value is {last}"
    meant = nearest(text, words)
    return allowed if meant is None else f'did you mean "{meant}"? ({allowed})'
