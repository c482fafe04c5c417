"""Compiles tag patterns with RE2, which matches in linear time whatever the expression."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import re2

from watch_cluster.domain.versions.tag_pattern import InvalidTagPattern, Matcher

_MAX_LENGTH: Final = 512
_MAX_MEMORY_BYTES: Final = 128 * 1024
"""The most that one expression may take; sensible ones over tags need a tenth of it."""


@lru_cache(maxsize=1024)
def compile_tag_pattern(text: str) -> Matcher:
    """Return a matcher of whole tags. Raises `InvalidTagPattern`.

    Syntax: https://github.com/google/re2/wiki/Syntax (no look-around and no back-references).
    """
    if len(text) > _MAX_LENGTH:
        raise InvalidTagPattern(f"it has {len(text)} characters: write at most {_MAX_LENGTH}")
    options = re2.Options()
    options.log_errors = False
    options.max_mem = _MAX_MEMORY_BYTES
    try:
        pattern = re2.compile(text, options)
    except (re2.error, UnicodeEncodeError) as error:
        raise InvalidTagPattern(f"it is not a valid RE2 regular expression: {_describe(error)}") from error

    def matches(tag: str) -> bool:
        return pattern.fullmatch(tag) is not None

    return matches


def _describe(error: Exception) -> str:
    """Return the message of an RE2 error, which may be bytes."""
    reason = error.args[0] if error.args else ""
    return reason.decode(errors="replace") if isinstance(reason, bytes) else str(error)
