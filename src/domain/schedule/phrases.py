"""English lists of numbers and names: ranges, strides and single values."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

_MIN_RANGE: Final = 3
_MIN_STRIDE: Final = 4
_TEENS: Final = range(11, 14)
_SUFFIXES: Final = {1: "st", 2: "nd", 3: "rd"}


def join_words(parts: Sequence[str]) -> str:
    """Join one or more parts: `a`, `a and b`, `a, b and c`."""
    *first, last = parts
    return f"{', '.join(first)} and {last}" if first else last


def stride(values: Sequence[int]) -> int | None:
    """Return the constant distance between neighbors, None if it varies or there are too few values for a range."""
    if len(values) < _MIN_RANGE:
        return None
    step = values[1] - values[0]
    minimum = _MIN_RANGE if step == 1 else _MIN_STRIDE
    return step if len(values) >= minimum and list(values) == list(range(values[0], values[-1] + 1, step)) else None


def split_runs(values: Sequence[int]) -> list[list[int]]:
    """Split ascending values into runs of consecutive numbers."""
    runs: list[list[int]] = []
    for value in values:
        if runs and value == runs[-1][-1] + 1:
            runs[-1].append(value)
        else:
            runs.append([value])
    return runs


def format_ranges(values: Sequence[int], format_value: Callable[[int], str] = str) -> list[str]:
    """Format ascending values: three or more consecutive ones as `a to b`, others individually."""
    parts: list[str] = []
    for run in split_runs(values):
        if len(run) < _MIN_RANGE:
            parts.extend(format_value(value) for value in run)
        else:
            parts.append(f"{format_value(run[0])} to {format_value(run[-1])}")
    return parts


def format_numbers(values: Sequence[int], unit: str, format_value: Callable[[int], str] = str) -> list[str]:
    """Format ascending values like `format_ranges`, but a constant stride as `every 2nd UNIT from a to b`."""
    step = stride(values)
    if step is None or step == 1:
        return format_ranges(values, format_value)
    return [f"every {ordinal(step)} {unit} from {format_value(values[0])} to {format_value(values[-1])}"]


def format_cyclic(values: Sequence[int], size: int, format_value: Callable[[int], str]) -> list[str]:
    """Format ascending values of a cycle like `format_ranges`, wrapping if that is shorter: `Friday to Monday`."""
    residues = {value % size for value in values}
    start = next((value for value in values if (value - 1) % size not in residues), values[0])
    rotated = sorted(value if value >= start else value + size for value in values)
    return min(format_ranges(values, format_value), format_ranges(rotated, format_value), key=len)


def ordinal(number: int) -> str:
    """Format a number as `1st`, `22nd`, `13th`."""
    return f"{number}{'th' if number % 100 in _TEENS else _SUFFIXES.get(number % 10, 'th')}"
