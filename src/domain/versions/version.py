"""Parses image tags as versions, which are ordered within a family.

Neither PEP 440 nor SemVer fits image tags: PEP 440 rejects `1.0.0-alpine`, SemVer treats `-alpine` as a prerelease and
sorts `rc10` before `rc9`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Final, NamedTuple

from watch_cluster.domain.versions.parts.family import BY_ITSELF, Family, Reading, family_of, written_counters
from watch_cluster.domain.versions.parts.numbers import MOST_NUMBERS
from watch_cluster.domain.versions.parts.prereleases import RELEASE
from watch_cluster.domain.versions.parts.split import (
    OF_SIGNATURES,
    Numbers,
    read_dotted,
    read_tail,
    read_written,
    split,
)

_LONGEST_TAG: Final = 128
_OF_DIGESTS: Final = ("sha256-", "sha512-")

_OF_SIGNATURE: Final = "it belongs to a signature or an attestation"
_NOT_SET_APART: Final = "it is not a prefix, 1 to 4 numbers and a suffix that is set apart"
_COMMIT: Final = re.compile(r"(?:[a-zA-Z]+[-_.])*(?=\d*[a-f])(?=[a-f]*\d)[0-9a-f]{7,64}", re.ASCII)
"""Also behind words, as in `sha-a1b2c3d`; digits alone may be a date."""
_PULL_REQUEST: Final = re.compile(r"(?:pr|mr|pull|merge)[-_.]?\d+(?:[-_.].*)?", re.ASCII | re.IGNORECASE)


_new_tuple: Final = tuple.__new__
"""Creates a `Version` in a quarter of the time of its constructor: there are thousands."""


class InvalidVersion(ValueError):  # noqa: N818 - the name says what is wrong, as in packaging
    """The tag is not a version."""


class Version(NamedTuple):
    """A parsed tag.

    `key` is the order within a family; two versions of one family with the same key are equal. Between families, it
    only shows which one looks newer. It is flat, since thousands are sorted by it: the numbers, padded with 0, the
    rank of the prerelease word with its number, and the build counters. For the same reason a version is a tuple,
    with its fields in the order in which they are compared. `text` is the part of the tag that was parsed, all of it
    without a `tag-pattern`. `word` is the word of a prerelease in lower case, empty for a release.

    >>> Version.parse("1.25.3-alpine").family == Version.parse("1.26.0-alpine").family
    True
    >>> Version.parse("1.0.0-rc10").key > Version.parse("1.0.0-rc9").key
    True
    """

    family: Family
    key: tuple[int, ...]
    numbers: tuple[int, ...]
    tag: str
    text: str
    word: str

    @classmethod
    def parse(cls, tag: str, reading: Reading = BY_ITSELF) -> Version:
        """Parse a tag. Raises `InvalidVersion` with the reason."""
        parsed = _parse(tag, reading)
        if isinstance(parsed, str):
            raise InvalidVersion(f"tag {tag[:_LONGEST_TAG]!r} is no version: {parsed}")
        return parsed

    def __str__(self) -> str:
        return self.tag

    @property
    def prefix(self) -> str:
        """The text before the numbers."""
        return self.family.prefix

    @property
    def variant(self) -> str:
        """The text after the numbers that is no prerelease or counter, such as `-alpine`."""
        return self.family.variant

    @property
    def prerelease(self) -> tuple[int, int] | None:
        """The rank of the prerelease word, and its number; None for a release."""
        rank, count = self.key[MOST_NUMBERS:COUNTERS]
        return None if rank == RELEASE else (rank, count)

    @property
    def counters(self) -> tuple[int, ...]:
        """The build counters."""
        return self.key[COUNTERS:]

    @property
    def revision(self) -> tuple[str | int, ...] | None:
        """How builds are counted, and the counters; None if they are not."""
        return None if self.family.revision is None else (self.family.revision, *self.counters)

    @property
    def parts(self) -> tuple[tuple[str, str], ...]:
        """The non-empty parts, in the order prefix, numbers, prerelease, variant and revision.

        >>> Version.parse("v1.2.3-rc1-alpine").parts
        (('prefix', 'v'), ('numbers', '1.2.3'), ('prerelease', 'rc1'), ('variant', '-alpine'))
        """
        cut = split(self.text)
        tail = read_tail(cut.tail, BY_ITSELF) if cut is not None else None
        named = {
            "prefix": self.prefix,
            "numbers": "" if cut is None else cut.written,
            "prerelease": tail.written_word if tail is not None and self.word else "",
            "variant": self.variant,
            "revision": written_counters(self.family.revision, self.counters),
        }
        return tuple((name, text) for name, text in named.items() if text)


COUNTERS: Final = MOST_NUMBERS + 2
"""The index of the build counters in a key."""


def read_all(tags: Iterable[str], reading: Reading = BY_ITSELF) -> Iterator[Version]:
    """Parse the tags that are versions, and skip the others."""
    for tag in tags:
        parsed = _parse_by_itself(tag) if reading is BY_ITSELF else _parse(tag, reading)
        if not isinstance(parsed, str):
            yield parsed


@lru_cache(maxsize=98_304)
def _parse_by_itself(tag: str) -> Version | str:
    """Parse with the default reading; cached by the tag alone, which is the fastest key."""
    return _parse_uncached(tag, BY_ITSELF)


@lru_cache(maxsize=32_768)
def _parse(tag: str, reading: Reading) -> Version | str:
    """Return the version, or why there is none. Cached (about 400 bytes each): every check has the same tags."""
    return _parse_by_itself(tag) if reading == BY_ITSELF else _parse_uncached(tag, reading)


def _parse_uncached(tag: str, reading: Reading) -> Version | str:
    if len(tag) > _LONGEST_TAG and not reading.explicit:
        return f"it is longer than {_LONGEST_TAG} characters"
    head, dash, text = tag.partition("-")
    numbers = read_dotted(head)
    if numbers is None:
        return _parse_by_expressions(tag, reading)
    # The form of most tags, for which the slower expressions are not needed.
    return _assemble(tag, "", numbers, dash + text, reading)


def _parse_by_expressions(tag: str, reading: Reading) -> Version | str:
    if not reading.explicit and (why := _obvious_rejection(tag)) is not None:
        return why
    cut = split(tag)
    if cut is None:
        return _NOT_SET_APART
    has_dashes = "-" in cut.written
    if not has_dashes and cut.tail[:1] == "." and cut.tail[1:2].isdigit():
        return "it has more than 4 numbers"
    numbers = read_dotted(cut.written) or read_written(cut.written, explicit=reading.explicit)
    if numbers is None:
        return "it has a date that there is not" if has_dashes else "a number this long that is no date is an id"
    return _assemble(tag, cut.prefix, numbers, cut.tail, reading)


def _assemble(tag: str, prefix: str, numbers: Numbers, text: str, reading: Reading) -> Version | str:
    # To hash a reading takes as long as the rest of the call.
    ending = _read_ending(prefix, numbers.shape, text, None if reading is BY_ITSELF else reading)
    if isinstance(ending, str):
        return ending
    family, order, word = ending
    return _new_tuple(Version, (family, numbers.filled + order, numbers.numbers, tag, tag, word))


@lru_cache(maxsize=32_768)
def _read_ending(
    prefix: str, shape: str, text: str, special: Reading | None
) -> tuple[Family, tuple[int, ...], str] | str:
    """Read the text after the numbers: the family of the tag, the order after the numbers, and the prerelease word.

    Returns why the tag is no version, if it is none. Cached: thousands of tags have few endings.
    """
    reading = BY_ITSELF if special is None else special
    tail = read_tail(text, reading)
    if tail is None:
        return _NOT_SET_APART
    if tail.is_of_signature and not reading.explicit:
        return _OF_SIGNATURE
    return family_of(prefix, shape, tail.variant, tail.revision), tail.order, tail.word


def _obvious_rejection(tag: str) -> str | None:
    if tag.startswith(_OF_DIGESTS) or tag.endswith(OF_SIGNATURES):
        return _OF_SIGNATURE
    if _COMMIT.fullmatch(tag):
        return "it looks like a commit"
    if _PULL_REQUEST.fullmatch(tag):
        return "it belongs to a pull request"
    return None
