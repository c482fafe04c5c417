"""Validates the fields of JSON that anybody may have edited: invalid ones raise `TypeError` or `ValueError`."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

MAX_TEXT_LENGTH: Final = 16_384
MAX_COUNT: Final = 1_000_000
_YEARS: Final = range(2000, 2200)
"""Arithmetic near the ends of the calendar overflows."""
_MAX_SECONDS: Final = 1e10
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,252}", re.ASCII)
_UNSAFE: Final = frozenset({"Cc", "Cs"})
"""Control characters, and surrogates, which no encoding accepts."""


def text(value: object) -> str:
    """Read text for people; control characters and lone surrogates in it become blanks."""
    if not isinstance(value, str):
        raise TypeError(f"{_cut(value)} is not text")
    if len(value) > MAX_TEXT_LENGTH:
        raise ValueError(f"it has {len(value):,} characters, at most {MAX_TEXT_LENGTH:,} are read")
    if value.isprintable():
        return value
    return "".join(" " if unicodedata.category(char) in _UNSAFE else char for char in value)


def text_or_none(value: object) -> str | None:
    """Read text that may be missing."""
    return None if value is None else text(value)


def name(value: object) -> str:
    """Read an identifier: ASCII letters, digits, `.`, `_` and `-`, at most 253 of them."""
    if not isinstance(value, str) or not _NAME.fullmatch(value):
        raise ValueError(f"{_cut(value)} is not a name")
    return value


def timestamp(value: object) -> datetime:
    """Read a time in ISO 8601 with a time zone."""
    read = datetime.fromisoformat(text(value))
    if read.tzinfo is None or read.year not in _YEARS:
        raise ValueError(f"{_cut(value)} is not a time with a time zone between 2000 and 2199")
    return read.astimezone(UTC)


def seconds(value: object) -> timedelta:
    """Read a duration that is not negative."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{_cut(value)} is not a number of seconds")
    if not math.isfinite(value) or not 0 <= value <= _MAX_SECONDS:
        raise ValueError(f"{_cut(value)} is not a duration")
    return timedelta(seconds=value)


def count(value: object) -> int:
    """Read a whole number that is not negative."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{_cut(value)} is not a count")
    if not 0 <= value <= MAX_COUNT:
        raise ValueError(f"{_cut(value)} is not a count")
    return value


def items(value: object, limit: int) -> Sequence[Any]:
    """Read a list of at most `limit` items."""
    if not isinstance(value, list):
        raise TypeError(f"{_cut(value)} is not a list")
    if len(value) > limit:
        raise ValueError(f"it has {len(value):,} items, at most {limit} are read")
    return value


def fields_of(value: object, limit: int) -> dict[str, Any]:
    """Read an object of at most `limit` fields."""
    if not isinstance(value, dict):
        raise TypeError(f"{_cut(value)} is not an object")
    if len(value) > limit:
        raise ValueError(f"it has {len(value):,} fields, at most {limit} are read")
    return value


def _cut(value: object) -> str:
    return repr(value)[:80]
