"""Image tags as versions: taken apart, put in families, and ordered inside a family.

Neither PEP 440 nor SemVer fits image tags: the one rejects `1.0.0-alpine`, the other takes `-alpine` for a prerelease
and sorts `rc10` before `rc9`.
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
    Tail,
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
"""Makes a `Version` in a quarter of the time that its class takes: there are thousands to make."""


class InvalidVersion(ValueError):  # noqa: N818 - the name says what is wrong, as in packaging
    """The tag is no version."""


class Version(NamedTuple):
    """A tag, taken apart.

    `key` is the order inside a family; two versions of one family with the same key are equal. Across families it
    only tells what looks newer. It is flat, since thousands are sorted by it: the numbers, filled up with 0 to the
    most that there are, the word's place in the order of prereleases with its number, and the counters of builds. For
    the same reason a version is a tuple, made in a fraction of the time; its fields stand in the order in which they
    are to be compared. `text` is what was read of the tag, all of it unless a `tag-pattern` says otherwise, and `word`
    is the word of a prerelease in lower case, empty for a release.

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
        """Take a tag apart. Raises `InvalidVersion`, which says why the tag is no version."""
        parsed = _parse(tag, reading)
        if isinstance(parsed, str):
            raise InvalidVersion(f"tag {tag[:_LONGEST_TAG]!r} is no version: {parsed}")
        return parsed

    def __str__(self) -> str:
        return self.tag

    @property
    def prefix(self) -> str:
        """What stands before the numbers."""
        return self.family.prefix

    @property
    def variant(self) -> str:
        """What else the tag says behind the numbers, such as `-alpine`."""
        return self.family.variant

    @property
    def prerelease(self) -> tuple[int, int] | None:
        """The word's place in the order of prereleases, with its number; None for a release."""
        rank, count = self.key[MOST_NUMBERS:COUNTERS]
        return None if rank == RELEASE else (rank, count)

    @property
    def counters(self) -> tuple[int, ...]:
        """The numbers that count the builds of one version."""
        return self.key[COUNTERS:]

    @property
    def revision(self) -> tuple[str | int, ...] | None:
        """How newer builds of the same version are counted, and the counters; None where they are not."""
        return None if self.family.revision is None else (self.family.revision, *self.counters)

    @property
    def parts(self) -> tuple[tuple[str, str], ...]:
        """Prefix, numbers, prerelease, variant and revision, in this order; only what is there.

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
"""Where the counters of builds begin in a key."""


def read_all(tags: Iterable[str], reading: Reading = BY_ITSELF) -> Iterator[Version]:
    """Take apart what is a version, and leave out the rest."""
    for tag in tags:
        parsed = _parse_by_itself(tag) if reading is BY_ITSELF else _parse(tag, reading)
        if not isinstance(parsed, str):
            yield parsed


@lru_cache(maxsize=98_304)
def _parse_by_itself(tag: str) -> Version | str:
    """The version as most lists have it read; kept under the tag alone, which is found fastest."""
    return _taken_apart(tag, BY_ITSELF)


@lru_cache(maxsize=32_768)
def _parse(tag: str, reading: Reading) -> Version | str:
    """The version, or why there is none. Kept (about 400 bytes each), because the same tags are seen at every check."""
    return _parse_by_itself(tag) if reading == BY_ITSELF else _taken_apart(tag, reading)


def _taken_apart(tag: str, reading: Reading) -> Version | str:
    if len(tag) > _LONGEST_TAG and not reading.explicit:
        return f"it is longer than {_LONGEST_TAG} characters"
    head, dash, text = tag.partition("-")
    numbers = read_dotted(head)
    if numbers is None:
        return _cut_apart(tag, reading)
    # As most tags are: spares them the expressions.
    tail = read_tail(dash + text, reading)
    return _NOT_SET_APART if tail is None else _put_together(tag, "", numbers, tail, reading)


def _cut_apart(tag: str, reading: Reading) -> Version | str:
    if not reading.explicit and (why := _no_version_at_first_sight(tag)) is not None:
        return why
    cut = split(tag)
    tail = None if cut is None else read_tail(cut.tail, reading)
    if cut is None or tail is None:
        return _NOT_SET_APART
    has_dashes = "-" in cut.written
    if tail.has_more_numbers and not has_dashes:
        return "it has more than 4 numbers"
    numbers = read_dotted(cut.written) or read_written(cut.written, explicit=reading.explicit)
    if numbers is None:
        return "it has a date that there is not" if has_dashes else "a number this long that is no date is an id"
    return _put_together(tag, cut.prefix, numbers, tail, reading)


def _put_together(tag: str, prefix: str, numbers: Numbers, tail: Tail, reading: Reading) -> Version | str:
    if tail.is_of_signature and not reading.explicit:
        return _OF_SIGNATURE
    family = family_of(prefix, numbers.shape, tail.variant, tail.revision)
    return _new_tuple(Version, (family, numbers.filled + tail.order, numbers.numbers, tag, tag, tail.word))


def _no_version_at_first_sight(tag: str) -> str | None:
    if tag.startswith(_OF_DIGESTS) or tag.endswith(OF_SIGNATURES):
        return _OF_SIGNATURE
    if _COMMIT.fullmatch(tag):
        return "it looks like a commit"
    if _PULL_REQUEST.fullmatch(tag):
        return "it belongs to a pull request"
    return None
