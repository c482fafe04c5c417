"""Image tags as versions: taken apart, put in families, and ordered inside a family.

Neither PEP 440 nor SemVer fits image tags: the one rejects `1.0.0-alpine`, the other takes `-alpine` for a prerelease
and sorts `rc10` before `rc9`.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final, NamedTuple

from watch_cluster.domain.versions.numbers import LONGEST_NUMBER, MOST_NUMBERS, read_numbers

_LONGEST_TAG: Final = 128
_ZEROS: Final = (0,) * MOST_NUMBERS
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
_WORDS: Final = "|".join(word if len(word) > 1 else rf"{word}(?=[-._]?\d)" for word in _RANKS)
"""One letter needs its number: alone it is a later repair (`2024-02-06b`) or a variant, and no beta."""

_PARTS: Final = re.compile(
    r"(?P<prefix>(?:[a-z][a-z._-]*)?)"
    # Atomic: numbers that are followed by a letter must not be read again as fewer numbers and a suffix.
    r"(?P<numbers>(?>\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ|\d{4}-\d{1,2}-\d{1,2}(?!\d)|\d+(?:\.\d+){0,3}))"
    rf"(?:[-._]?+(?P<word>{_WORDS})[-._]?(?P<count>\d*)(?=[-._]|$))?"
    rf"(?:_(?P<build>\d{{1,{LONGEST_NUMBER}}})(?=[-._]|$))?"
    r"(?P<rest>(?:[-._][a-z0-9._-]*)?)",
    re.ASCII | re.IGNORECASE,
)
_NAMED_REVISION: Final = re.compile(r"(?P<variant>.*)-(?P<kind>r|ls|build\.)(?P<number>\d+)", re.ASCII)
_BARE_REVISION: Final = re.compile(rf"-(?P<number>\d{{1,{LONGEST_NUMBER}}})", re.ASCII)
_COMMIT: Final = re.compile(r"(?:[a-zA-Z]+[-_.])*(?=\d*[a-f])(?=[a-f]*\d)[0-9a-f]{7,64}", re.ASCII)
"""Also behind words, as in `sha-a1b2c3d`; digits alone may be a date."""
_PULL_REQUEST: Final = re.compile(r"(?:pr|mr|pull|merge)[-_.]?\d+(?:[-_.].*)?", re.ASCII | re.IGNORECASE)


class InvalidVersion(ValueError):  # noqa: N818 - the name says what is wrong, as in packaging
    """The tag is no version."""


class Family(NamedTuple):
    """What must be equal for one tag to come after another.

    `shape` tells how the numbers are written: how many there are and with which separator, whether they begin with a
    year, and whether a date or an id is among them. `revision` is how builds of one version are counted (`-` in `-5`,
    `r`, `ls`, `build.`, `_`), None where they are not.
    """

    prefix: str
    shape: str
    variant: str
    revision: str | None


class Version(NamedTuple):
    """A tag, taken apart.

    `key` is the order inside a family; two versions of one family with the same key are equal. Across families it
    only tells what looks newer. It is flat, since thousands are sorted by it: the numbers, filled up with 0 to the
    most that there are, the word's place in the order of prereleases with its number, and the revision's number. For
    the same reason a version is a tuple, made in a fraction of the time; its fields stand in the order in which they
    are to be compared.

    >>> Version.parse("1.25.3-alpine").family == Version.parse("1.26.0-alpine").family
    True
    >>> Version.parse("1.0.0-rc10").key > Version.parse("1.0.0-rc9").key
    True
    """

    family: Family
    key: tuple[int, ...]
    numbers: tuple[int, ...]
    tag: str

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
        rank, count = self.key[MOST_NUMBERS:-1]
        return None if rank == _RELEASE else (rank, count)

    @property
    def revision(self) -> tuple[str, int] | None:
        """How a newer build of the same version is counted, its kind and its number; None where builds are not."""
        return None if self.family.revision is None else (self.family.revision, self.key[-1])

    @property
    def parts(self) -> tuple[tuple[str, str], ...]:
        """Prefix, numbers, prerelease, variant and revision, in this order; only what is there.

        >>> Version.parse("v1.2.3-rc1-alpine").parts
        (('prefix', 'v'), ('numbers', '1.2.3'), ('prerelease', 'rc1'), ('variant', '-alpine'))
        """
        match = _PARTS.fullmatch(self.tag)
        word = "" if match is None or not match["word"] else f"{match['word']}{match['count']}"
        named = {
            "prefix": self.prefix,
            "numbers": "" if match is None else match["numbers"],
            "prerelease": word,
            "variant": self.variant,
            "revision": "".join(map(str, self.revision or ())),
        }
        return tuple((name, text) for name, text in named.items() if text)


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
    read = read_numbers(written)
    if read is None:
        return "a number this long that is no date is an id"
    numbers, shape = read
    rank, number = (_RANKS[word.lower()], int(count or 0)) if word else (_RELEASE, 0)
    variant, kind, revision = (rest, "_", int(build)) if build else _variant_and_revision(rest)
    key = numbers + _ZEROS[len(numbers) :] + (rank, number, revision)
    return Version(_family(prefix, shape, variant, kind), key, numbers, tag)


@lru_cache(maxsize=4096)
def _family(prefix: str, shape: str, variant: str, revision: str | None) -> Family:
    """Made once for all its tags: thousands of tags have few families."""
    return Family(prefix, shape, variant, revision)


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


def _variant_and_revision(rest: str) -> tuple[str, str | None, int]:
    if not rest[-1:].isdigit():
        return rest, None, 0
    if bare := _BARE_REVISION.fullmatch(rest):
        return "", "-", int(bare["number"])
    if named := _NAMED_REVISION.fullmatch(rest):
        return named["variant"], named["kind"], int(named["number"])
    return rest, None, 0
