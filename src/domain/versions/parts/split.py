"""Where the numbers of a tag begin and end, because what stands before and behind them is read on its own."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final, NamedTuple

from watch_cluster.domain.versions.parts.family import Reading
from watch_cluster.domain.versions.parts.numbers import MOST_NUMBERS, read_numbers, shape_of_several
from watch_cluster.domain.versions.parts.prereleases import BUILD_WORD, RANKS, RELEASE, WORDS
from watch_cluster.domain.versions.parts.segments import read_suffix

_HEAD: Final = re.compile(
    r"(?P<prefix>(?:[a-z][a-z._-]*)?)"
    # Atomic: numbers that are followed by a letter must not be read again as fewer numbers and a suffix.
    r"(?P<numbers>(?>\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ|\d{4}-\d{1,2}-\d{1,2}(?!\d)|\d+(?:\.\d+){0,3}))",
    re.ASCII | re.IGNORECASE,
)
_DOTTED: Final = re.compile(r"\d+(?:\.\d+){1,3}", re.ASCII)
_TAIL: Final = re.compile(
    rf"(?:[-._]?+(?P<word>{WORDS})[-._]?(?P<count>\d*)(?=[-._]|$))?(?P<rest>(?:[-._][a-z0-9._-]*)?)",
    re.ASCII | re.IGNORECASE,
)


_ZEROS: Final = (0,) * MOST_NUMBERS
OF_SIGNATURES: Final = (".sig", ".att", ".sbom")


class Numbers(NamedTuple):
    """The numbers of a tag, the same filled up with 0 to the most that there are, and their shape (see `Family`)."""

    numbers: tuple[int, ...]
    filled: tuple[int, ...]
    shape: str


class Split(NamedTuple):
    """A tag, cut where its numbers begin and end."""

    prefix: str
    written: str
    tail: str


def split(tag: str) -> Split | None:
    """Cut a tag at its numbers; None when it has none where a version has them.

    >>> split("v1.2.3-rc1-alpine")
    Split(prefix='v', written='1.2.3', tail='-rc1-alpine')
    """
    head = _HEAD.match(tag)
    return None if head is None else Split(head["prefix"], head["numbers"], tag[head.end() :])


def read_written(written: str, *, explicit: bool) -> Numbers | None:
    """Read numbers as they are written; None for what is none (see `read_numbers`).

    With `explicit`, a long number is no id.
    """
    read = read_numbers(written)
    if read is None and explicit and written.isdigit():
        read = (int(written),), "1 long number"
    if read is None:
        return None
    numbers, shape = read
    return _filled_up(numbers, shape)


def _filled_up(numbers: tuple[int, ...], shape: str) -> Numbers:
    return Numbers(numbers, numbers + _ZEROS[len(numbers) :], shape)


@lru_cache(maxsize=32_768)
def read_dotted(head: str) -> Numbers | None:
    """Read 2 to 4 numbers with dots between; None for anything else.

    Kept, because most versions stand in several tags: it spares the most of them the expressions above.
    """
    if _DOTTED.fullmatch(head) is None:
        return None
    numbers = tuple(map(int, head.split(".")))
    return _filled_up(numbers, shape_of_several(numbers, "."))


class Tail(NamedTuple):
    """What stands behind the numbers: the word of a prerelease, what is ordered behind the numbers, and the variant.

    `order` is the place of the word with its number, and the counters of builds; `revision` is how those are written.
    `is_of_signature` is whether it ends as the tags of signatures do.
    """

    written_word: str
    word: str
    order: tuple[int, ...]
    variant: str
    revision: str | None
    is_of_signature: bool


@lru_cache(maxsize=32_768)
def read_tail(tail: str, reading: Reading) -> Tail | None:
    """Read what stands behind the numbers; None when it is not set apart. Thousands of tags have few tails."""
    match = _TAIL.fullmatch(tail)
    if match is None:
        return None
    count, rest = match["count"], match["rest"]
    word = (match["word"] or "").lower()
    as_variant = ""
    if word and word in reading.variant_words and not count:
        as_variant, word = tail[: match.end("word")], ""
    elif word == BUILD_WORD and reading.builds:
        word, rest = "", tail
    rank, number = (RANKS[word], int(count or 0)) if word else (RELEASE, 0)
    suffix = read_suffix(rest, bare=reading.bare)
    return Tail(
        f"{match['word']}{count}" if word else "",
        word,
        (rank, number, *suffix.counters),
        as_variant + suffix.variant,
        ",".join(suffix.kinds) or None,
        tail.endswith(OF_SIGNATURES),
    )
