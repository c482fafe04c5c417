"""Finds where a list goes on, taking from a stranger's `Link` no more than the query.

Some registries give a relative link, some an absolute one, some one without the prefix that they are served under: with
the query alone all of these work, and no host but the registry's own is ever asked.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

_LINK: Final = re.compile(r"<([^<>]*)>([^<]*)", re.ASCII)
_NEXT: Final = re.compile(r""";\s*rel\s*=\s*(?:"(?:[^"]*\s)?next(?:\s[^"]*)?"|next\b)""", re.ASCII | re.IGNORECASE)
_QUERY: Final = re.compile(r"[\x21-\x7e]{1,4096}", re.ASCII)


def next_query(headers: Iterable[str]) -> str | None:
    """Give the query of the link to the next page, None when there is none; never an error (RFC 8288)."""
    for header in headers:
        for target, parameters in _LINK.findall(header):
            query = target.partition("#")[0].partition("?")[2]
            if _NEXT.search(parameters) and _QUERY.fullmatch(query):
                return str(query)
    return None
