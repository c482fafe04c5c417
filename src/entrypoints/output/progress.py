"""A progress line on the terminal, for commands that take seconds."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

_ERASE_LINE: Final = "\r\x1b[K"


@contextmanager
def progress_line(verb: str) -> Iterator[Callable[[int, int], None]]:
    """Show `checked 12 of 300` on standard error while the block runs, if that is a terminal.

    Yields a function that takes the number that is done and the total.
    """
    stream = sys.stderr

    def report(done: int, total: int) -> None:
        if stream.isatty():
            stream.write(f"{_ERASE_LINE}{verb} {done} of {total}")
            stream.flush()

    try:
        yield report
    finally:
        if stream.isatty():
            stream.write(_ERASE_LINE)
            stream.flush()
