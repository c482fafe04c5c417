"""Reads the next page of a list from its `Link` header, and uses only the query.

Links may be relative, absolute, without the path prefix of the registry, without angle brackets or without a relation.
The query alone works with all of them, and no host but the registry gets a request.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

_VALUE: Final = re.compile(r'(?:<[^<>]*>|"(?:[^"\\]|\\.)*"|[^,<"]|[<"])+', re.DOTALL)
"""One link of a header, up to a comma outside of brackets and quotes (RFC 8288, section 3)."""
_TARGET: Final = re.compile(r"\s*(?:<([^<>]*)>|([^\s;<>]+))\s*(?:;(.*))?", re.DOTALL)
_PARAMETER: Final = re.compile(r"""([^\s=;"]+)\s*=\s*(?:"([^"]*)"|([^\s;"]+))""", re.ASCII)
_NEXT: Final = re.compile(r"\bnext\b", re.ASCII | re.IGNORECASE)
_QUERY: Final = re.compile(r"[\x21-\x7e]{1,16384}", re.ASCII)


class UnreadableLink(ValueError):  # noqa: N818 - the name says what is wrong
    """The link to the next page is invalid."""


def next_query(headers: Iterable[str]) -> str | None:
    """Return the query of the link to the next page, None if there is no next page (RFC 8288).

    A link with a query and without a relation counts as the next page. Raises `UnreadableLink`: a list must not end
    where the registry says that it continues.
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
