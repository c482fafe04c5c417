"""Image tags as versions: taken apart, put in families, and ordered inside a family.

Neither PEP 440 nor SemVer fits image tags: the one rejects `1.0.0-alpine`, the other takes `-alpine` for a prerelease
and sorts `rc10` before `rc9`.
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache
from typing import Final, NamedTuple

_LONGEST_TAG: Final = 128
_PRERELEASES: Final = (
    ("dev",),
    ("snapshot",),
    ("nightly",),
    ("canary",),
    ("alpha", "a"),
    ("beta", "b"),
    ("milestone", "m"),
    ("ea",),
    ("preview", "pre", "next"),
    ("rc", "cr", "c"),
)
"""The words of prereleases, from the earliest to the latest."""
_RANKS: Final = {word: rank for rank, words in enumerate(_PRERELEASES) for word in words}
_RELEASE: Final = len(_PRERELEASES)
_WORDS: Final = "|".join(
    word if len(word) > 1 else rf"{word}(?=[-._]?\d)" for word in sorted(_RANKS, key=len, reverse=True)
)
"""One letter needs its number: alone it is a later repair (`2024-02-06b`) or a variant, and no beta."""
_YEARS: Final = 1000
"""A first number from here on is a year or an id, and never comes after one below."""
_AFTER_YEARS: Final = 10_000
_LONGEST_NUMBER: Final = 6
_IDS: Final = 10**_LONGEST_NUMBER
"""A number with more digits is a date or an id."""

_PARTS: Final = re.compile(
    r"(?P<prefix>(?:[a-z][a-z._-]*)?)"
    # Atomic: numbers that are followed by a letter must not be read again as fewer numbers and a suffix.
    r"(?P<numbers>(?>\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ|\d{4}-\d{1,2}-\d{1,2}(?!\d)|\d+(?:\.\d+){0,3}))"
    rf"(?:[-._]?+(?P<word>{_WORDS})[-._]?(?P<count>\d*)(?=[-._]|$))?"
    rf"(?:_(?P<build>\d{{1,{_LONGEST_NUMBER}}})(?=[-._]|$))?"
    r"(?P<rest>(?:[-._][a-z0-9._-]*)?)",
    re.ASCII | re.IGNORECASE,
)
_NAMED_REVISION: Final = re.compile(r"(?P<variant>.*)-(?P<kind>r|ls|build\.)(?P<number>\d+)", re.ASCII)
_BARE_REVISION: Final = re.compile(rf"-(?P<number>\d{{1,{_LONGEST_NUMBER}}})", re.ASCII)
_COMMIT: Final = re.compile(r"(?:[a-zA-Z]+[-_.])*(?=\d*[a-f])(?=[a-f]*\d)[0-9a-f]{7,64}", re.ASCII)
"""Also behind words, as in `sha-a1b2c3d`; digits alone may be a date."""
_PULL_REQUEST: Final = re.compile(r"(?:pr|mr|pull|merge)[-_.]?\d+(?:[-_.].*)?", re.ASCII | re.IGNORECASE)
_DAY: Final = re.compile(r"(?P<year>20\d\d)(?P<month>\d\d)(?P<day>\d\d)(?:\d{4}(?:\d\d)?)?", re.ASCII)
"""No image is older; an id that looks like a day of the year 9123 would be the newest for ever."""


class InvalidVersion(ValueError):  # noqa: N818 - the name says what is wrong, as in packaging
    """The tag is no version."""


class Family(NamedTuple):
    """What must be equal for one tag to come after another."""

    prefix: str
    shape: str
    variant: str
    revision: str | None


@dataclass(frozen=True, slots=True)
class Version:
    """A tag, taken apart.

    `shape` tells how the numbers are written: how many there are and with which separator, whether they begin with a
    year, and whether a date or an id is among them. `prerelease` is the word's place in the order of prereleases, with
    its number; None for a release. `revision` is how a newer build of the same version is counted (`-5`, `-r5`,
    `-ls24`, `-build.7`, `_8`): its kind and its number; None where builds are not counted.

    >>> Version.parse("1.25.3-alpine").family == Version.parse("1.26.0-alpine").family
    True
    >>> Version.parse("1.0.0-rc10").key > Version.parse("1.0.0-rc9").key
    True
    """

    tag: str
    prefix: str
    numbers: tuple[int, ...]
    shape: str
    prerelease: tuple[int, int] | None = None
    variant: str = ""
    revision: tuple[str, int] | None = None

    @classmethod
    def parse(cls, tag: str) -> Version:
        """Take a tag apart. Raises `InvalidVersion`, which says why the tag is no version."""
        parsed = _parse(tag)
        if isinstance(parsed, str):
            raise InvalidVersion(f"tag {tag[:_LONGEST_TAG]!r} is no version: {parsed}")
        return parsed

    def __str__(self) -> str:
        return self.tag

    @property
    def family(self) -> Family:
        """What must be equal for two versions to be comparable at all."""
        return Family(self.prefix, self.shape, self.variant, self.revision[0] if self.revision else None)

    @property
    def parts(self) -> tuple[tuple[str, str], ...]:
        """Prefix, numbers, prerelease, variant and revision, in this order; only what is there.

        >>> Version.parse("v1.2.3-rc1-alpine").parts
        (('prefix', 'v'), ('numbers', '1.2.3'), ('prerelease', 'rc1'), ('variant', '-alpine'))
        """
        match = _PARTS.fullmatch(self.tag)
        word = "" if match is None or not match["word"] else f"{match['word']}{match['count']}"
        revision = "" if self.revision is None else f"{self.revision[0]}{self.revision[1]}"
        named = {
            "prefix": self.prefix,
            "numbers": "" if match is None else match["numbers"],
            "prerelease": word,
            "variant": self.variant,
            "revision": revision,
        }
        return tuple((name, text) for name, text in named.items() if text)

    @property
    def key(self) -> tuple[tuple[int, ...], tuple[int, int], int]:
        """The order inside a family; two versions with the same key are equal."""
        return (self.numbers, self.prerelease or (_RELEASE, 0), self.revision[1] if self.revision else 0)


@lru_cache(maxsize=131_072)
def _parse(tag: str) -> Version | str:
    """The version, or why there is none. Kept (about 300 bytes each), because the same tags are seen at every check."""
    if (why := _no_version_at_first_sight(tag)) is not None:
        return why
    match = _PARTS.fullmatch(tag)
    if match is None:
        return "it is not a prefix, 1 to 4 numbers and a suffix that is set apart"
    prefix, written, word, count, build, rest = match.groups()
    if rest[:1] == "." and rest[1:2].isdigit() and match.end("numbers") == match.start("rest") and "-" not in written:
        return "it has more than 4 numbers"
    read = _numbers_and_shape(written)
    if read is None:
        return "a number this long that is no date is an id"
    numbers, shape = read
    prerelease = (_RANKS[word.lower()], int(count or 0)) if word else None
    variant, revision = (rest, ("_", int(build))) if build else _variant_and_revision(rest)
    # Few differ among thousands of tags.
    return Version(tag, sys.intern(prefix), numbers, shape, prerelease, sys.intern(variant), revision)


def _no_version_at_first_sight(tag: str) -> str | None:
    if len(tag) > _LONGEST_TAG:
        return f"it is longer than {_LONGEST_TAG} characters"
    if tag.startswith(("sha256-", "sha512-")) or tag.endswith((".sig", ".att", ".sbom")):
        return "it belongs to a signature or an attestation"
    if tag[:1].isdigit() and "." in tag:
        # As most do; spares the two below, which match no such text.
        return None
    if _COMMIT.fullmatch(tag):
        return "it looks like a commit"
    if _PULL_REQUEST.fullmatch(tag):
        return "it belongs to a pull request"
    return None


def _variant_and_revision(rest: str) -> tuple[str, tuple[str, int] | None]:
    if not rest[-1:].isdigit():
        return rest, None
    if bare := _BARE_REVISION.fullmatch(rest):
        return "", ("-", int(bare["number"]))
    if named := _NAMED_REVISION.fullmatch(rest):
        return named["variant"], (named["kind"], int(named["number"]))
    return rest, None


def _numbers_and_shape(written: str) -> tuple[tuple[int, ...], str] | None:
    """The numbers and how they are written; None for one long number that is no date."""
    separator = "-" if "-" in written else "."
    if separator == "-" and written[-1] in "Zz":
        day, _, time = written[:-1].upper().partition("T")
        return (*map(int, day.split("-")), int(time.replace("-", ""))), "moment"
    numbers = tuple(map(int, written.split(separator)))
    if len(numbers) == 1:
        shape = _shape_of_one(written, numbers[0])
        return None if shape is None else (numbers, shape)
    era = "from a year" if numbers[0] >= _YEARS else "numbers"
    if len(written) > _LONGEST_NUMBER and max(numbers[1:]) >= _IDS:
        # `1.2.20240115` is a build of some day, and does not come after `1.2.3`.
        era += ", a date or an id among them,"
    return numbers, _shape_of_several(len(numbers), era, separator)


@cache
def _shape_of_several(count: int, era: str, separator: str) -> str:
    """Written once for all: thousands of tags have few shapes."""
    return f"{count} {era} with {separator}"


def _shape_of_one(written: str, number: int) -> str | None:
    if len(written) > _LONGEST_NUMBER:
        return f"date of {len(written)} digits" if _is_day(written) else None
    if number >= _AFTER_YEARS:
        # `2024`, `202401` and `240115` are dates of different kinds, and `104233` is none.
        return f"1 of {len(written)} digits"
    return "1 from a year" if number >= _YEARS else "1 numbers"


def _is_day(written: str) -> bool:
    match = _DAY.fullmatch(written)
    if match is None:
        return False
    try:
        date(int(match["year"]), int(match["month"]), int(match["day"]))
    except ValueError:
        return False
    return True
