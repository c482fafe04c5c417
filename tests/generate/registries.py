"""What the page about registries says, from the dialects that the client is tested with."""

from __future__ import annotations

import re
from typing import Final

from tests.registries.dialects import DIALECTS, LIMITED, Fact

_URL: Final = re.compile(r"https://\S+")


def registries() -> str:
    """Return a table of what each registry does, with the sources."""
    rows = [
        f"| {dialect.name if first else ''} | {_what(fact)} | {_cited(fact.source)} |"
        for dialect in DIALECTS
        for first, fact in zip([True] + [False] * len(dialect.facts), dialect.facts, strict=False)
    ]
    return "\n".join(["| Registry | What it does | Source |", "|---|---|---|", *rows])


def unknown() -> str:
    """Return a table of what could not be found out."""
    rows = [f"| {dialect.name} | {'; '.join(dialect.unknown)} |" for dialect in DIALECTS if dialect.unknown]
    rows.append(f"| all but {_limited()} | what they answer to too many requests |")
    return "\n".join(["| Registry | Not known |", "|---|---|", *rows])


def limits() -> str:
    """Return the names of the registries whose answers to too many requests are tested."""
    return _limited() + "."


def _limited() -> str:
    return ", ".join(name for name, _ in LIMITED)


def _what(fact: Fact) -> str:
    return fact.what if fact.rules else f"{fact.what} (not served)"


def _cited(source: str) -> str:
    if not _URL.search(source):
        return f"`{source}`"
    return _URL.sub(lambda url: f"[{url[0].removeprefix('https://github.com/')}]({url[0]})", source)
