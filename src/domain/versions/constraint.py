"""Ranges that further limit which versions may be taken, as npm writes them: `^1.4`, `~1.2`, `>=1.2 <2`, `1.x || 3`.

What people from Flux and Argo CD write is read as those read it: a comma for "and", `!=`, `=<`, `=>` and `~>`
(https://github.com/Masterminds/semver#checking-version-constraints).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

_LONGEST: Final = 256
_PARTS: Final = 4
_ALLOWED: Final = 'write a range such as ^1.4, ~1.2, ">=1.2 <2", 1.x or "1.2 - 1.4", several split by ||'
_TERM: Final = re.compile(
    r"(?P<sign>!=|=<|=>|<=|>=|<|>|=|\^|~>|~)?[ ]*v?(?P<numbers>(?:\d+|[xX*])(?:\.(?:\d+|[xX*])){0,3})"
    r"(?=[ ,]|$)[ ]*(?:,[ ]*(?=[^ ,]))?",
    re.ASCII,
)
_HYPHEN: Final = re.compile(r"([^ ,]+) +- +([^ ,]+)", re.ASCII)

_PRERELEASE: Final = re.compile(r"(?<=\d)-[0-9A-Za-z.-]+", re.ASCII)
"""As in `>=1.2.0-0`, by which Flux takes prereleases as well."""

Numbers = tuple[int, ...]


class InvalidConstraint(ValueError):  # noqa: N818 - the name says what is wrong, as in packaging
    """The text is no range."""


@dataclass(frozen=True, slots=True)
class _Span:
    """From `low` on, and below `high` where there is one; with `excluded`, all but that."""

    low: Numbers
    high: Numbers | None
    excluded: bool = False

    def includes(self, numbers: Numbers) -> bool:
        return (self.low <= numbers and (self.high is None or numbers < self.high)) is not self.excluded


@dataclass(frozen=True, slots=True)
class Constraint:
    """A set of versions, told by their numbers alone; missing ones are 0.

    >>> Constraint.parse("^1.4 || 3").allows((1, 10))
    True
    >>> Constraint.parse("^1.4 || 3").allows((2, 0))
    False
    """

    text: str
    _alternatives: tuple[tuple[_Span, ...], ...] = field(compare=False, repr=False)

    @classmethod
    def parse(cls, text: str) -> Constraint:
        """Read a range. Raises `InvalidConstraint`."""
        if len(text) > _LONGEST:
            raise InvalidConstraint(f"it has {len(text)} characters: write at most {_LONGEST}")
        return cls(text, tuple(tuple(_spans(part.strip(" "))) for part in text.split("||")))

    def __str__(self) -> str:
        return self.text

    def allows(self, numbers: Numbers) -> bool:
        """Whether the version with these numbers is in the set."""
        padded = numbers + (0,) * (_PARTS - len(numbers))
        return any(all(span.includes(padded) for span in spans) for spans in self._alternatives)


def _spans(part: str) -> Iterator[_Span]:
    """What one alternative demands; all of it must hold."""
    part = _HYPHEN.sub(r">=\1 <=\2", part)
    if not part:
        raise InvalidConstraint(f"it is empty: {_ALLOWED}")
    position = 0
    while position < len(part):
        term = _TERM.match(part, position)
        if term is None:
            if prerelease := _PRERELEASE.search(part, position):
                raise InvalidConstraint(
                    f"a range is about numbers: leave out {prerelease[0]!r}, and set prerelease to take prereleases"
                )
            raise InvalidConstraint(f"{part[position:]!r} is no range: {_ALLOWED}")
        yield _span(term["sign"] or "=", _given(term["numbers"]))
        position = term.end()


def _given(text: str) -> Numbers:
    """The numbers before the first `x` or `*`."""
    given: list[int] = []
    if not text[0].isdecimal() and any(number.isdecimal() for number in text.split(".")):
        raise InvalidConstraint(f"{text!r} has numbers behind an x that stands for any major version: {_ALLOWED}")
    for number in text.split("."):
        if not number.isdecimal():
            break
        given.append(int(number))
    return tuple(given)


def _span(sign: str, given: Numbers) -> _Span:
    """Like npm: what is left out stands for anything, so that `<=1.2` includes 1.2.9 and `>1.2` begins at 1.3."""
    low = _padded(given)
    beyond = _next(given, len(given))
    # The first number that is not zero stays, else the last that is given.
    staying = next((place for place, number in enumerate(given, 1) if number), len(given))
    return {
        "=": _Span(low, beyond),
        "!=": _Span(low, beyond, excluded=True),
        ">=": _Span(low, None),
        "=>": _Span(low, None),
        "<": _Span(_padded(()), low),
        "<=": _Span(_padded(()), beyond),
        "=<": _Span(_padded(()), beyond),
        # Nothing is greater than anything.
        ">": _Span(low, low) if beyond is None else _Span(beyond, None),
        "^": _Span(low, _next(given, staying)),
        "~": _Span(low, _next(given, min(2, len(given)))),
        "~>": _Span(low, _next(given, min(2, len(given)))),
    }[sign]


def _next(given: Numbers, places: int) -> Numbers | None:
    """The first version after all that begin with those first numbers; None when there is no end."""
    if not places:
        return None
    return _padded((*given[: places - 1], given[places - 1] + 1))


def _padded(numbers: Numbers) -> Numbers:
    return numbers + (0,) * (_PARTS - len(numbers))
