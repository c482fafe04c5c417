"""Finds where a list goes on, taking no more than the query of a `Link`.

Some registries give a relative link, some an absolute one, some one without the prefix that they are served under, some
leave out the angle brackets or the relation: with the query alone all of these work, and no host but the registry's own
ever gets a request.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

_VALUE: Final = re.compile(r'(?:<[^<>]*>|"(?:[^"\\]|\\.)*"|[^,<"]|[<"])+', re.DOTALL)
"""One link of a header: a comma ends it only outside of brackets and quotes (RFC 8288, section 3)."""
_TARGET: Final = re.compile(r"\s*(?:<([^<>]*)>|([^\s;<>]+))\s*(?:;(.*))?", re.DOTALL)
_PARAMETER: Final = re.compile(r"""([^\s=;"]+)\s*=\s*(?:"([^"]*)"|([^\s;"]+))""", re.ASCII)
_NEXT: Final = re.compile(r"\bnext\b", re.ASCII | re.IGNORECASE)
_QUERY: Final = re.compile(r"[\x21-\x7e]{1,16384}", re.ASCII)


class UnreadableLink(ValueError):  # noqa: N818 - the name says what is wrong
    """A list goes on, and the link to its next page cannot be read."""


def next_query(headers: Iterable[str]) -> str | None:
    """Return the query of the link to the next page, None when there is no next page (RFC 8288).

    In a tag list a link with a query and without a relation is the next page's too. Raises `UnreadableLink`: a list
    must not end where its registry says that it goes on.
    """
    for header in headers:
        for value in _values(header):
            match = _TARGET.fullmatch(value)
            if match is None:
                if _NEXT.search(value):
                    raise UnreadableLink(value)
                continue
            target = match[1] if match[1] is not None else match[2]
            relations = _relations(match[3] or "")
            query = target.partition("#")[0].partition("?")[2]
            if "next" not in relations and (relations or not query):
                continue
            if not _QUERY.fullmatch(query):
                raise UnreadableLink(value)
            return str(query)
    return None


def _values(header: str) -> Iterator[str]:
    return (match[0] for match in _VALUE.finditer(header) if match[0].strip())


def _relations(parameters: str) -> list[str]:
    for name, quoted, bare in _PARAMETER.findall(parameters):
        if name.lower() == "rel":
            return str(quoted or bare).lower().split()
    return []
