"""How fast tags are taken apart and one is chosen.

`python -m tests.benchmarks.tags [NUMBER …]` prints the figures, on one core.
"""

from __future__ import annotations

import sys
import time
from functools import _lru_cache_wrapper
from typing import Final

from watch_cluster.domain.versions.strategy import VersionStrategy

SIZES: Final = ("100", "10000", "100000")
ROUNDS: Final = 25
"""Of which the fastest counts: what else the machine does is not ours."""
_VARIANTS: Final = ("", "-alpine", "-slim-bookworm", "-rc1")


def main(sizes: list[int]) -> None:
    """Choose among that many tags: all seen for the first time, all known, and as a repository that is followed."""
    strategy = VersionStrategy()
    for size in sizes:
        tags = [_tag(number) for number in range(size)]
        newest = strategy.choose("0.0.1-alpine", tags).chosen or ""
        first = min(_seconds(strategy, "0.0.1-alpine", tags, forget=True) for _ in range(ROUNDS))
        known = min(_seconds(strategy, "0.0.1-alpine", tags) for _ in range(ROUNDS))
        followed = min(_seconds(strategy, newest, tags) for _ in range(ROUNDS))
        print(  # noqa: T201 - what the benchmark is for
            f"{size} tags: {first * 1000:.0f} ms when none was seen before ({size / first:,.0f} tags a second),"
            f" {known * 1000:.0f} ms when all were, and all look newer;"
            f" {followed * 1000:.1f} ms when the newest runs ({1 / followed:,.0f} decisions a second)"
        )


def _seconds(strategy: VersionStrategy, current: str, tags: list[str], *, forget: bool = False) -> float:
    if forget:
        _forget()
    began = time.process_time()
    strategy.choose(current, tags)
    return time.process_time() - began


def _forget() -> None:
    """Clear every memory of the modules that tags are read and chosen by."""
    for name, module in list(sys.modules.items()):
        if name.startswith("watch_cluster.domain.versions"):
            for value in vars(module).values():
                if isinstance(value, _lru_cache_wrapper):
                    value.cache_clear()


def _tag(number: int) -> str:
    major, rest = divmod(number, 4000)
    minor, patch = divmod(rest // len(_VARIANTS), 25)
    return f"{major}.{minor}.{patch}{_VARIANTS[number % len(_VARIANTS)]}"


if __name__ == "__main__":
    main([int(each) for each in sys.argv[1:] or SIZES])
