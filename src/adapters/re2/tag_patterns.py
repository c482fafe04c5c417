"""Matches by RE2, whose time grows with the text alone, whatever expression a stranger writes."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import re2

from watch_cluster.domain.versions.tag_pattern import InvalidTagPattern, Matcher

_LONGEST: Final = 512
_MEMORY_BYTES: Final = 1024 * 1024


@lru_cache(maxsize=1024)
def compile_tag_pattern(text: str) -> Matcher:
    """Make a matcher of whole tags. Raises `InvalidTagPattern`.

    Syntax: https://github.com/google/re2/wiki/Syntax (no look-around and no back-references).
    """
    if len(text) > _LONGEST:
        raise InvalidTagPattern(f"it has {len(text)} characters: write at most {_LONGEST}")
    options = re2.Options()
    options.log_errors = False
    options.max_mem = _MEMORY_BYTES
    try:
        pattern = re2.compile(text, options)
    except (re2.error, UnicodeEncodeError) as error:
        raise InvalidTagPattern(f"it is no regular expression of RE2: {_told(error)}") from error

    def matches(tag: str) -> bool:
        return pattern.fullmatch(tag) is not None

    return matches


def _told(error: Exception) -> str:
    """What RE2 says, which it says in bytes."""
    reason = error.args[0] if error.args else ""
    return reason.decode(errors="replace") if isinstance(reason, bytes) else str(error)
