"""Matches by RE2, whose time grows with the text alone, whatever expression a stranger writes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import re2

from watch_cluster.domain.versions.tag_pattern import CompiledPattern, InvalidTagPattern

_LONGEST: Final = 512
_MEMORY_BYTES: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Re2Pattern:
    """A compiled expression over whole tags."""

    _pattern: Any

    def __call__(self, tag: str) -> bool:
        """Whether the whole tag matches."""
        return self._pattern.fullmatch(tag) is not None

    def names(self) -> tuple[str, ...]:
        """The names of the groups."""
        return tuple(self._pattern.groupindex)

    def spans(self, tag: str) -> Mapping[str, tuple[int, int]] | None:
        """Where each named group that took part begins and ends; None when the whole tag does not match."""
        match = self._pattern.fullmatch(tag)
        if match is None:
            return None
        found = {name: match.span(index) for name, index in self._pattern.groupindex.items()}
        return {name: span for name, span in found.items() if span[0] >= 0}


@lru_cache(maxsize=1024)
def compile_tag_pattern(text: str) -> CompiledPattern:
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
    return Re2Pattern(pattern)


def _told(error: Exception) -> str:
    """What RE2 says, which it says in bytes."""
    reason = error.args[0] if error.args else ""
    return reason.decode(errors="replace") if isinstance(reason, bytes) else str(error)
