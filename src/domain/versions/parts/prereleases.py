"""The words of prereleases, because `rc10` comes after `rc9` and before the release."""

from __future__ import annotations

from typing import Final

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
"""From the earliest to the latest."""
RANKS: Final = {word: rank for rank, words in enumerate(_PRERELEASES) for word in words}
"""The place of each word in their order."""
RELEASE: Final = len(_PRERELEASES)
"""The place of what is no prerelease: after all of them."""
WORDS: Final = "|".join(word if len(word) > 1 else rf"{word}(?=[-._]?\d{{1,3}}(?:[-._]|$))" for word in RANKS)
"""An expression for them. One letter needs a number of 1 to 3 digits: alone it is a later repair (`2024-02-06b`), with
more it is a commit."""
VARIANT_WORDS: Final = frozenset({"dev", "nightly", "canary", "ea", "next"})
"""The words that name a variant where the list has the same versions without them, side by side."""
BUILD_WORD: Final = "b"
"""The word that counts builds where no version goes without it."""
