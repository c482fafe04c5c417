"""Reads the fields of JSON that anybody may have changed by hand; a value of another type raises `TypeError`."""

from __future__ import annotations

from datetime import UTC, datetime


def text(value: object) -> str:
    """Read text."""
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is not text")
    return value


def text_or_none(value: object) -> str | None:
    """Read text that may be missing."""
    return None if value is None else text(value)


def moment(value: object) -> datetime:
    """Read a moment in ISO 8601. Raises `ValueError` as well."""
    return datetime.fromisoformat(text(value)).astimezone(UTC)


def count(value: object) -> int:
    """Read a whole number."""
    if not isinstance(value, int):
        raise TypeError(f"{value!r} is no count")
    return value
