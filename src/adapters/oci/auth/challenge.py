"""Reads `WWW-Authenticate`, where one header may hold several challenges and commas mean two things.

Grammar: RFC 9110, sections 5.6 and 11.6.1.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

_WORD: Final = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_PIECE: Final = re.compile(
    rf"""
    (?P<name>{_WORD})[ \t]*=[ \t]*(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<bare>[^\s,"]+))(?=[ \t]*(?:,|$))
    |(?P<scheme>{_WORD})(?=[ \t]|,|$)
    |(?P<other>[^\s,"]+|"(?:[^"\\]|\\.)*"?|[\s,]+)
    """,
    re.ASCII | re.VERBOSE | re.DOTALL,
)
_ESCAPE: Final = re.compile(r"\\(.)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Challenge:
    """A way to authenticate that a server offers; scheme and parameter names are in lower case."""

    scheme: str
    parameters: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


def parse_challenges(headers: Iterable[str]) -> tuple[Challenge, ...]:
    """Read all challenges of all headers in their order; what is no challenge is passed over, never an error.

    Wider than the grammar in one point: some registries forget the quotes around a realm.
    """
    return tuple(challenge for header in headers for challenge in _challenges(header))


def _challenges(header: str) -> Iterator[Challenge]:
    scheme: str | None = None
    parameters: dict[str, str] = {}
    for piece in _PIECE.finditer(header):
        if piece["scheme"] is not None:
            if scheme is not None:
                yield Challenge(scheme, MappingProxyType(parameters))
            scheme, parameters = piece["scheme"].lower(), {}
        elif piece["name"] is not None:
            value = piece["bare"] if piece["quoted"] is None else _ESCAPE.sub(r"\1", piece["quoted"])
            # The first one counts: a repeated parameter must not replace what was read.
            parameters.setdefault(piece["name"].lower(), value)
    if scheme is not None:
        yield Challenge(scheme, MappingProxyType(parameters))
