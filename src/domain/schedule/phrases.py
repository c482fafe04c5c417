"""Numbers and names of a schedule as English lists: runs, strides, and what is left over one by one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

_SHORTEST_RUN: Final = 3
_SHORTEST_STRIDE: Final = 4
_TEENS: Final = range(11, 14)
_SUFFIXES: Final = {1: "st", 2: "nd", 3: "rd"}


def listed(parts: Sequence[str]) -> str:
    """Join the parts, of which there must be one: `a`, `a and b`, `a, b and c`."""
    *first, last = parts
    return f"{', '.join(first)} and {last}" if first else last


def stride(values: Sequence[int]) -> int | None:
    """Return the distance between any two neighbours, None when it differs or the values are too few for a range."""
    if len(values) < _SHORTEST_RUN:
        return None
    step = values[1] - values[0]
    shortest = _SHORTEST_RUN if step == 1 else _SHORTEST_STRIDE
    return step if len(values) >= shortest and list(values) == list(range(values[0], values[-1] + 1, step)) else None


def runs(values: Sequence[int]) -> list[list[int]]:
    """Split ordered values where one does not follow on the other."""
    found: list[list[int]] = []
    for value in values:
        if found and value == found[-1][-1] + 1:
            found[-1].append(value)
        else:
            found.append([value])
    return found


def spans(values: Sequence[int], say: Callable[[int], str] = str) -> list[str]:
    """Say ordered values: three and more in a row as `a to b`, others one by one."""
    parts: list[str] = []
    for run in runs(values):
        if len(run) < _SHORTEST_RUN:
            parts.extend(say(value) for value in run)
        else:
            parts.append(f"{say(run[0])} to {say(run[-1])}")
    return parts


def numbers(values: Sequence[int], unit: str, say: Callable[[int], str] = str) -> list[str]:
    """Say ordered values as `spans` does, and those of one stride as every so-many-th unit."""
    step = stride(values)
    if step is None or step == 1:
        return spans(values, say)
    return [f"every {ordinal(step)} {unit} from {say(values[0])} to {say(values[-1])}"]


def names(values: Sequence[int], size: int, say: Callable[[int], str]) -> list[str]:
    """Say ordered values of a wheel as `spans` does, also over its end where that is shorter: Friday to Monday."""
    start = next((value for value in values if (value - 1) % size not in {each % size for each in values}), values[0])
    turned = sorted(value if value >= start else value + size for value in values)
    return min(spans(values, say), spans(turned, say), key=len)


def ordinal(number: int) -> str:
    """Write a number as `1st`, `22nd`, `13th`."""
    return f"{number}{'th' if number % 100 in _TEENS else _SUFFIXES.get(number % 10, 'th')}"
