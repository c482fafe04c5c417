"""Lines of text that fit a terminal, without a library whose import takes longer than a small command."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Final

from watch_cluster.domain.printable import printable

_GAP: Final = "  "
_INDENT: Final = "    "
_LEAST_WIDTH: Final = 24
"""A column that is narrower stands below its row."""


def columns(titles: Sequence[str], rows: Sequence[Sequence[str]], width: int) -> list[str]:
    """Align the cells below their titles. The last column is wrapped between words, the others are whole."""
    if not rows:
        return []
    cells = [[printable(text) for text in row] for row in (titles, *rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(titles) - 1)]
    return [line for row in cells for line in _row(row, widths, width)]


def wrapped(line: str, width: int, indent: str = "") -> list[str]:
    """Wrap a line between words; words are never cut."""
    return textwrap.wrap(
        printable(line), width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    ) or [""]


def _row(cells: Sequence[str], widths: Sequence[int], width: int) -> list[str]:
    *whole, last = cells
    start = "".join(f"{text:{size}}{_GAP}" for text, size in zip(whole, widths, strict=True))
    if width - len(start) >= _LEAST_WIDTH:
        first, *others = wrapped(last, width - len(start))
        return [f"{start}{first}".rstrip(), *(f"{' ' * len(start)}{line}" for line in others)]
    return [start.rstrip(), *(f"{_INDENT}{line}" for line in wrapped(last, width - len(_INDENT)))]
