"""Compiles tag patterns with RE2, which matches every expression in linear time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import re2

from watch_cluster.domain.versions.tag_pattern import CompiledPattern, InvalidTagPattern

_MAX_LENGTH: Final = 512
_MAX_MEMORY_BYTES: Final = 128 * 1024
"""The most that one expression may take; sensible ones over tags need a tenth of it."""


_MAX_COMPILED: Final = 256
"""So many compiled expressions are kept, 32 MiB at most; others are compiled again when they are used."""


@dataclass(frozen=True, slots=True)
class Re2Pattern:
    """A valid expression over whole tags. It holds no compiled one: thousands of policies may each have another."""

    text: str

    @property
    def _pattern(self) -> Any:
        return _compiled(self.text)

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
        found = {name: match.span(index) for name, index in match.re.groupindex.items()}
        return {name: span for name, span in found.items() if span[0] >= 0}


def compile_tag_pattern(text: str) -> CompiledPattern:
    """Return a matcher of whole tags. Raises `InvalidTagPattern`.

    Syntax: https://github.com/google/re2/wiki/Syntax (no look-around and no back-references).
    """
    if len(text) > _MAX_LENGTH:
        raise InvalidTagPattern(f"it has {len(text)} characters: write at most {_MAX_LENGTH}")
    try:
        _compiled(text)
    except (re2.error, UnicodeEncodeError) as error:
        raise InvalidTagPattern(f"it is not a valid RE2 regular expression: {_describe(error)}") from error
    return Re2Pattern(text)


@lru_cache(maxsize=_MAX_COMPILED)
def _compiled(text: str) -> Any:
    options = re2.Options()
    options.log_errors = False
    options.max_mem = _MAX_MEMORY_BYTES
    return re2.compile(text, options)


def _describe(error: Exception) -> str:
    """Return the message of an RE2 error, which may be bytes."""
    reason = error.args[0] if error.args else ""
    return reason.decode(errors="replace") if isinstance(reason, bytes) else str(error)
