"""Regular expressions of people over whole tags; the engine that matches them is given from outside."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

Matcher = Callable[[str], bool]
"""Says whether a whole tag matches."""
Compiler = Callable[[str], Matcher]
"""Makes a matcher of an expression; raises `InvalidTagPattern`. Its time must not explode, whatever people write."""


class InvalidTagPattern(ValueError):  # noqa: N818 - the name says what is wrong, as in packaging
    """The text is no regular expression that the engine takes."""


@dataclass(frozen=True, slots=True)
class TagPattern:
    """An expression as it was written, with what matches it."""

    text: str
    matches: Matcher = field(compare=False, repr=False)

    def __str__(self) -> str:
        return self.text
