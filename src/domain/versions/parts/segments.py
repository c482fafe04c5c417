"""What stands behind the numbers of a tag: a variant, counters of builds, and commits."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from watch_cluster.domain.versions.parts.numbers import LONGEST_NUMBER, is_day

_COUNTER_WORDS: Final = (
    *(
        "aws",
        "b",
        "build",
        "cu",
        "eksbuild",
        "fix",
        "gke",
        "hotfix",
        "k0s",
        "k3s",
        "ls",
        "p",
        "patch",
        "pl",
        "r",
        "rancher",
    ),
    *("rev", "revision", "rke2r", "security", "sp", "tkg", "u", "update", "v", "vmware"),
)
"""The words that count the builds of one version; a number behind any other word is part of the variant."""
_SEGMENT: Final = re.compile(r"[-_](?:\d{4}-\d\d-\d\d(?![^-_.])|[^-_]*)|\.[^-_]*", re.ASCII)
_WORD_AND_COUNT: Final = re.compile(
    rf"(?P<word>(?:{'|'.join(_COUNTER_WORDS)})\.?)(?P<number>\d{{1,14}})", re.ASCII | re.IGNORECASE
)
_DOTTED: Final = re.compile(r"(?P<numbers>\d{1,10}(?:\.\d{1,10})*)(?P<rest>(?:\.[a-zA-Z][a-zA-Z0-9.]*)?)", re.ASCII)
_COMMIT: Final = re.compile(r"g?(?=[0-9]*[a-f])(?=[a-f]*[0-9])[0-9a-f]{7,64}", re.ASCII)
_SECONDS: Final = re.compile(r"1\d{9}", re.ASCII)
"""Seconds since 1970, from 2001 to 2033."""
COMMIT: Final = "<commit>"
"""Stands in a variant for a commit, which no tag can hold: what commits say is never compared."""


class Suffix(NamedTuple):
    """What stands behind numbers and prerelease.

    `variant` is what must be equal as text, `counters` are numbers of builds in their order, and `kinds` says how they
    are written: `r`, `-` and `_` for bare numbers, `date`, `seconds`; empty when nothing counts.
    """

    variant: str
    kinds: tuple[str, ...] = ()
    counters: tuple[int, ...] = ()


def read_suffix(text: str, *, bare: bool = True) -> Suffix:
    """Tell variant, counters and commits apart. With `bare` false, a bare number is a variant and counts nothing.

    >>> read_suffix("-r0-ls352")
    Suffix(variant='', kinds=('r', 'ls'), counters=(0, 352))
    >>> read_suffix("-1-ubi8")
    Suffix(variant='-ubi8', kinds=('-',), counters=(1,))
    """
    variant = ""
    kinds: list[str] = []
    counters: list[int] = []
    after_word = False
    for segment in _SEGMENT.findall(text):
        if segment[0] != "." and _COMMIT.fullmatch(segment[1:]):
            variant += segment[0] + COMMIT
            continue
        count = None if segment[0] == "." else _count(segment[0], segment[1:], after_word=after_word, bare=bare)
        if count is not None:
            kind, numbers, left = count
            kinds.append(kind)
            counters.extend(numbers)
            variant += left
        else:
            variant += segment
            after_word = not segment[-1].isdigit()
    return Suffix(variant, tuple(kinds), tuple(counters))


def _count(separator: str, text: str, *, after_word: bool, bare: bool) -> tuple[str, tuple[int, ...], str] | None:
    """What the segment counts: the kind, its numbers, and what of it is none; None when it counts nothing."""
    if text[:1].isdigit():
        digits = text.replace("-", "")
        if is_day(digits):
            kind = "date" if digits == text else "date with -"
            return kind if separator == "-" else f"date with {separator}", (int(digits),), ""
        if _SECONDS.fullmatch(text):
            return "seconds", (int(text),), ""
        # Behind a word without a number, a bare number belongs to it, as in `-debian-11`.
        dotted = None if after_word or not bare else _DOTTED.fullmatch(text)
        if dotted is None:
            return None
        numbers = dotted["numbers"].split(".")
        if len(numbers[0]) > LONGEST_NUMBER:
            return None
        return separator + ".#" * (len(numbers) - 1), tuple(map(int, numbers)), dotted["rest"]
    word = _WORD_AND_COUNT.fullmatch(text)
    return None if word is None else (word["word"].lower(), (int(word["number"]),), "")
