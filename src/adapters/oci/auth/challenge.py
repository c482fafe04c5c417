"""Parses `WWW-Authenticate`: a header may have several challenges, and commas separate both them and parameters.

Grammar: RFC 9110, sections 5.6 and 11.6.1.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

_WORD: Final = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_TOKEN: Final = re.compile(
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
    """Return the challenges of all headers in order; anything else is skipped, and never an error.

    A realm without quotes is accepted, since some registries omit them.
    """
    return tuple(challenge for header in headers for challenge in _challenges(header))


def _challenges(header: str) -> Iterator[Challenge]:
    scheme: str | None = None
    parameters: dict[str, str] = {}
    for token in _TOKEN.finditer(header):
        if token["scheme"] is not None:
            if scheme is not None:
                yield Challenge(scheme, MappingProxyType(parameters))
            scheme, parameters = token["scheme"].lower(), {}
        elif token["name"] is not None:
            value = token["bare"] if token["quoted"] is None else _ESCAPE.sub(r"\1", token["quoted"])
            # The first of repeated parameters is used.
            parameters.setdefault(token["name"].lower(), value)
    if scheme is not None:
        yield Challenge(scheme, MappingProxyType(parameters))
