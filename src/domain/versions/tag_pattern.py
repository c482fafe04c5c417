"""Regular expressions of people over whole tags; the engine that matches them is given from outside."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol

Matcher = Callable[[str], bool]
"""Says whether a whole tag matches."""
VERSION_GROUP: Final = "version"
ANY_GROUP: Final = "any"
"""Groups whose names begin so match text that may differ from tag to tag."""


_COMMIT: Final = re.compile(r"(?<![0-9A-Za-z])g?[0-9a-f]{7,64}(?![0-9A-Za-z])", re.ASCII)


class CompiledPattern(Protocol):
    """An expression, ready to match. Its time must not explode, whatever people write."""

    def __call__(self, tag: str) -> bool:
        """Whether the whole tag matches."""

    def names(self) -> tuple[str, ...]:
        """The names of the groups."""

    def spans(self, tag: str) -> Mapping[str, tuple[int, int]] | None:
        """Where each named group that took part begins and ends; None when the whole tag does not match."""


Compiler = Callable[[str], CompiledPattern]
"""Compiles an expression; raises `InvalidTagPattern`."""


class InvalidTagPattern(ValueError):  # noqa: N818 - the name says what is wrong, as in packaging
    """The text is no regular expression that the engine takes."""


@dataclass(frozen=True, slots=True)
class TagPattern:
    """An expression as it was written, with what matches it."""

    text: str
    matches: Matcher = field(compare=False, repr=False)

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class VersionPattern:
    """The setting `tag-pattern`: which text of a tag is its version.

    What stands outside the group `version` must be equal, except in groups called `any`, and but for commits.
    """

    text: str
    _compiled: CompiledPattern = field(compare=False, repr=False)

    @classmethod
    def parse(cls, text: str, compiler: Compiler) -> VersionPattern:
        """Read the expression. Raises `InvalidTagPattern`."""
        first, *more = text.split(f"(?P<{ANY_GROUP}>")
        # Engines keep of several groups with one name only the last, if they take them at all.
        compiled = compiler(first + "".join(f"(?P<{ANY_GROUP}_{number}>{part}" for number, part in enumerate(more)))
        if VERSION_GROUP not in compiled.names():
            raise InvalidTagPattern(f"it has no group for the version: write (?P<{VERSION_GROUP}>…) around it")
        return cls(text, compiled)

    def __str__(self) -> str:
        return self.text

    def read(self, tag: str) -> tuple[str, str] | None:
        """Give the version's text, and all else that must be equal; None when the tag does not match."""
        spans = self._compiled.spans(tag)
        if spans is None or VERSION_GROUP not in spans:
            return None
        start, end = spans[VERSION_GROUP]
        blanks = [span for name, span in spans.items() if name == VERSION_GROUP or name.startswith(ANY_GROUP)]
        frame, place = "", 0
        for begin, stop in sorted(blanks):
            if begin >= place:
                frame += tag[place:begin] + "*"
                place = stop
        return tag[start:end], _COMMIT.sub("*", frame + tag[place:])
