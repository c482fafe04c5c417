"""Untrusted text, as commands print it."""

from __future__ import annotations

from rich.text import Text

from watch_cluster.domain.printable import printable


def cell(text: str) -> Text:
    """Return text that is neither interpreted as markup nor by the terminal."""
    return Text(printable(text))
