"""Limits of settings: anyone who can annotate a workload writes them, and parsing costs time and memory."""

from __future__ import annotations

from dataclasses import dataclass


class LimitExceeded(ValueError):  # noqa: N818 - the name says what is wrong, as in packaging
    """The value is too long or has too many entries."""


@dataclass(frozen=True, slots=True)
class Limits:
    """At most `characters`, and at most `entries` parts between `separator`s, which messages call `noun`.

    `distinct` limits the number of different values on one workload; None is unlimited.
    """

    characters: int = 64
    entries: int | None = None
    separator: str = ","
    noun: str = "entries"
    distinct: int | None = None

    def check(self, text: str) -> None:
        """Raise `LimitExceeded` if the text exceeds a limit.

        >>> Limits(entries=2, noun="windows", separator=";").check("a; b; c")
        Traceback (most recent call last):
        ...
        watch_cluster.domain.policy.values.limits.LimitExceeded: it has 3 windows: write at most 2
        """
        if len(text) > self.characters:
            raise LimitExceeded(f"it has {len(text):,} characters: write at most {self.characters:,}")
        if self.entries is None:
            return
        count = sum(1 for part in text.split(self.separator) if part.strip())
        if count > self.entries:
            raise LimitExceeded(f"it has {count:,} {self.noun}: write at most {self.entries:,}")

    def __str__(self) -> str:
        """Return the limits in words: `4,096 characters, 20 windows`."""
        parts = [f"{self.characters:,} characters"]
        if self.entries is not None:
            parts.append(f"{self.entries:,} {self.noun}")
        if self.distinct is not None:
            parts.append(f"{self.distinct:,} different values on one workload")
        return ", ".join(parts)
