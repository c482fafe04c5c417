"""Makes untrusted text safe to show: on a terminal, in an Event, in a webhook."""

from __future__ import annotations


def printable(text: str) -> str:
    """Replace each character that does not print by a blank: control and bidirectional characters, lone surrogates.

    >>> printable("1.0" + chr(27) + "[2J" + chr(0x202E) + "9.9")
    '1.0 [2J 9.9'
    """
    return text if text.isprintable() else "".join(char if char.isprintable() else " " for char in text)
