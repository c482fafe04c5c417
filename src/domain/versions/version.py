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
from watch_cluster.domain.versions.parts.numbers import MOST_NUMBERS, read_numbers
from watch_cluster.domain.versions.parts.prereleases import BUILD_WORD, RANKS, RELEASE, WORDS
from watch_cluster.domain.versions.parts.segments import NO_SUFFIX, read_suffix

_LONGEST_TAG: Final = 128
_ZEROS: Final = (0,) * MOST_NUMBERS
_OF_DIGESTS: Final = ("sha256-", "sha512-")
_OF_SIGNATURES: Final = (".sig", ".att", ".sbom")

_PARTS: Final = re.compile(
    r"(?P<prefix>(?:[a-z][a-z._-]*)?)"
    # Atomic: numbers that are followed by a letter must not be read again as fewer numbers and a suffix.
    r"(?P<numbers>(?>\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ|\d{4}-\d{1,2}-\d{1,2}(?!\d)|\d+(?:\.\d+){0,3}))"
    rf"(?:[-._]?+(?P<word>{WORDS})[-._]?(?P<count>\d*)(?=[-._]|$))?"
    r"(?P<rest>(?:[-._][a-z0-9._-]*)?)",
    re.ASCII | re.IGNORECASE,
)
_COMMIT: Final = re.compile(r"(?:[a-zA-Z]+[-_.])*(?=\d*[a-f])(?=[a-f]*\d)[0-9a-f]{7,64}", re.ASCII)
"""Also behind words, as in `sha-a1b2c3d`; digits alone may be a date."""
_PULL_REQUEST: Final = re.compile(r"(?:pr|mr|pull|merge)[-_.]?\d+(?:[-_.].*)?", re.ASCII | re.IGNORECASE)


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
        match = _PARTS.fullmatch(self.text)
        word = f"{match['word']}{match['count']}" if match is not None and self.word else ""
        named = {
            "prefix": self.prefix,
            "numbers": "" if match is None else match["numbers"],
            "prerelease": word,
            "variant": self.variant,
            "revision": written_counters(self.family.revision, self.counters),
        }
        return tuple((name, text) for name, text in named.items() if text)


COUNTERS: Final = MOST_NUMBERS + 2
"""Where the counters of builds begin in a key."""


def read_all(tags: Iterable[str], reading: Reading = BY_ITSELF) -> Iterator[Version]:
    """Take apart what is a version, and leave out the rest."""
    for tag in tags:
        parsed = _parse(tag, reading)
        if not isinstance(parsed, str):
            yield parsed


@lru_cache(maxsize=131_072)
def _parse(tag: str, reading: Reading) -> Version | str:
    """The version, or why there is none. Kept (about 400 bytes each), because the same tags are seen at every check."""
    if not reading.explicit and (why := _no_version_at_first_sight(tag)) is not None:
        return why
    match = _PARTS.fullmatch(tag)
    if match is None:
        return "it is not a prefix, 1 to 4 numbers and a suffix that is set apart"
    prefix, written, word, count, rest = match.groups()
    if rest[:1] == "." and rest[1:2].isdigit() and match.end("numbers") == match.start("rest") and "-" not in written:
        return "it has more than 4 numbers"
    read = read_numbers(written)
    if read is None and reading.explicit and written.isdigit():
        read = (int(written),), "1 long number"
    if read is None:
        return "it has a date that there is not" if "-" in written else "a number this long that is no date is an id"
    numbers, shape = read
    word = (word or "").lower()
    as_variant = ""
    if word and word in reading.variant_words and not count:
        as_variant, word = tag[match.end("numbers") : match.end("word")], ""
    elif word == BUILD_WORD and reading.builds:
        word, rest = "", tag[match.end("numbers") :]
    rank, number = (RANKS[word], int(count or 0)) if word else (RELEASE, 0)
    suffix = read_suffix(rest, bare=reading.bare) if rest else NO_SUFFIX
    key = numbers + _ZEROS[len(numbers) :] + (rank, number) + suffix.counters
    family = family_of(prefix, shape, as_variant + suffix.variant, suffix.kinds)
    return Version._make((family, key, numbers, tag, tag, word))


def _no_version_at_first_sight(tag: str) -> str | None:
    if len(tag) > _LONGEST_TAG:
        return f"it is longer than {_LONGEST_TAG} characters"
    if tag.startswith(_OF_DIGESTS) or tag.endswith(_OF_SIGNATURES):
        return "it belongs to a signature or an attestation"
    if "." in tag and tag[0].isdigit():
        # As most do; spares the two below, which match no such text.
        return None
    if _COMMIT.fullmatch(tag):
        return "it looks like a commit"
    if _PULL_REQUEST.fullmatch(tag):
        return "it belongs to a pull request"
    return None
