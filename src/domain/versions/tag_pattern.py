"""The regular expressions in settings, which match whole tags; an adapter provides the engine."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol

Matcher = Callable[[str], bool]
"""Returns whether the whole tag matches."""
VERSION_GROUP: Final = "version"
ANY_GROUP: Final = "any"
"""Groups with this prefix match text that may differ between tags."""


_COMMIT: Final = re.compile(r"(?<![0-9A-Za-z])g?[0-9a-f]{7,64}(?![0-9A-Za-z])", re.ASCII)


class CompiledPattern(Protocol):
    """A compiled expression, which must match in linear time."""

    def __call__(self, tag: str) -> bool:
        """Whether the whole tag matches."""

    def names(self) -> tuple[str, ...]:
        """The names of the groups."""

    def spans(self, tag: str) -> Mapping[str, tuple[int, int]] | None:
        """Return the start and end of each named group that matched; None if the whole tag does not match."""


Compiler = Callable[[str], CompiledPattern]
"""Compiles an expression; raises `InvalidTagPattern`."""


class InvalidTagPattern(ValueError):  # noqa: N818 - the name says what is wrong, as in packaging
    """The text is not a valid regular expression."""


@dataclass(frozen=True, slots=True)
class TagPattern:
    """An expression and its matcher."""

    text: str
    matches: Matcher = field(compare=False, repr=False)

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class VersionPattern:
    """The setting `tag-pattern`, which selects the version in a tag.

    The text outside the group `version` must be equal, except in groups named `any` and for commits.
    """

    text: str
    _compiled: CompiledPattern = field(compare=False, repr=False)

    @classmethod
    def parse(cls, text: str, compiler: Compiler) -> VersionPattern:
        """Read the expression. Raises `InvalidTagPattern`."""
        first, *more = text.split(f"(?P<{ANY_GROUP}>")
        # Engines keep only the last of several groups with the same name, or reject them.
        compiled = compiler(first + "".join(f"(?P<{ANY_GROUP}_{number}>{part}" for number, part in enumerate(more)))
        if VERSION_GROUP not in compiled.names():
            raise InvalidTagPattern(f"it has no group for the version: write (?P<{VERSION_GROUP}>…) around it")
        return cls(text, compiled)

    def __str__(self) -> str:
        return self.text

    def read(self, tag: str) -> tuple[str, str] | None:
        """Return the text of the version, and the rest that must be equal; None if the tag does not match."""
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
