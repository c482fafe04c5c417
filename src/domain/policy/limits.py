"""How much one setting may hold, because strangers write settings and every value costs memory and time."""

from __future__ import annotations

from dataclasses import dataclass


class LimitExceeded(ValueError):  # noqa: N818 - the name says what is wrong, as in packaging
    """The value is too long or has too many entries; the message says how many and how many are allowed."""


@dataclass(frozen=True, slots=True)
class Limits:
    """At most `characters`, and at most `entries` parts split by `separator`; people know the parts as `noun`.

    `distinct` is how many different values the containers of one workload may have, None for any number.
    """

    characters: int = 64
    entries: int | None = None
    separator: str = ","
    noun: str = "entries"
    distinct: int | None = None

    def check(self, text: str) -> None:
        """Raise `LimitExceeded` when the text is beyond a limit.

        >>> Limits(entries=2, noun="windows", separator=";").check("a; b; c")
        Traceback (most recent call last):
        ...
        watch_cluster.domain.policy.limits.LimitExceeded: it has 3 windows: write at most 2
        """
        if len(text) > self.characters:
            raise LimitExceeded(f"it has {len(text):,} characters: write at most {self.characters:,}")
        if self.entries is None:
            return
        count = sum(1 for part in text.split(self.separator) if part.strip())
        if count > self.entries:
            raise LimitExceeded(f"it has {count:,} {self.noun}: write at most {self.entries:,}")

    def __str__(self) -> str:
        """What people are told: `4,096 characters, 20 windows`."""
        told = [f"{self.characters:,} characters"]
        if self.entries is not None:
            told.append(f"{self.entries:,} {self.noun}")
        if self.distinct is not None:
            told.append(f"{self.distinct:,} different values on one workload")
        return ", ".join(told)
