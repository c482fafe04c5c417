"""Prints titled lists that fit a narrow terminal: what belongs to an entry is indented below it."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from watch_cluster.entrypoints.output.cell import cell

if TYPE_CHECKING:
    from rich.console import Console

_INDENT: Final = "  "
_DETAIL_INDENT: Final = "      "
_GAP: Final = "  "


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a list: `parts` are on one line if there is room, `details` below it."""

    parts: Sequence[str]
    details: Sequence[str] = ()


def print_block(title: str, entries: Iterable[Entry], console: Console) -> None:
    """Print the title and the entries within the width of the console, and nothing if there are no entries.

    Words are never cut. Text is interpreted neither as markup nor by the terminal.
    """
    listed = list(entries)
    if not listed:
        return
    console.print(title, style="bold", markup=False, highlight=False)
    for entry in listed:
        for line in _lines(entry, console.width):
            console.print(cell(line), soft_wrap=True)


def _lines(entry: Entry, width: int) -> list[str]:
    line = _INDENT + _GAP.join(entry.parts)
    lines = [line]
    if len(line) > width:
        lines = [_INDENT + entry.parts[0], *_filled(entry.parts[1:], width)]
    return [*lines, *(wrapped for detail in entry.details for wrapped in _wrapped(detail, width))]


def _filled(parts: Sequence[str], width: int) -> list[str]:
    """As many parts on each line as it has room for; one that is too long by itself is wrapped."""
    lines: list[str] = []
    for part in parts:
        joined = f"{lines[-1]}{_GAP}{part}" if lines else ""
        if joined and len(joined) <= width:
            lines[-1] = joined
        else:
            lines += _wrapped(part, width)
    return lines


def _wrapped(text: str, width: int) -> list[str]:
    return textwrap.wrap(
        text,
        width,
        initial_indent=_DETAIL_INDENT,
        subsequent_indent=_DETAIL_INDENT,
        break_long_words=False,
        break_on_hyphens=False,
    )
