"""Sends one message with Apprise, in a process of its own: the library takes 40 MB, and parses untrusted responses.

The URL comes by standard input, so that no list of processes shows it. The exit status says what became of it.
"""

from __future__ import annotations

import json
import sys
from typing import Final

DELIVERED: Final = 0
FAILED: Final = 3
NOT_A_URL: Final = 4


def main() -> int:
    """Read the message, and send it."""
    import apprise

    document = json.load(sys.stdin)
    sender = apprise.Apprise()
    if not sender.add(document["url"]):
        return NOT_A_URL
    sent = sender.notify(
        body=document["text"], title=document["title"], body_format=apprise.NotifyFormat.TEXT, interpret_escapes=False
    )
    return DELIVERED if sent else FAILED


if __name__ == "__main__":
    sys.exit(main())
