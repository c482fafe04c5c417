"""The parts of the documents that are generated from the code.

A part stands between `<!-- generated: NAME -->` and `<!-- end -->`. `python -m tests.generate.pages` writes all.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Final

from tests.generate import reference
from tests.generate.commands import commands, help_of
from tests.generate.migration import table
from tests.generate.registries import limits, registries, unknown
from watch_cluster.adapters.migration.supported_tools import TOOLS

DOCS: Final = Path(__file__).parents[2] / "docs"
_PART: Final = re.compile(r"(<!-- generated: (?P<name>[\w-]+) -->\n).*?(<!-- end -->)", re.DOTALL)
PARTS: Final[Mapping[str, Callable[[], str]]] = {
    **{f"migrate-{name}": partial(table, name) for name in TOOLS},
    **{f"command-{name}": partial(help_of, name) for name in commands()},
    "settings": reference.settings,
    "variables": reference.variables,
    "metrics": reference.metrics,
    "events": reference.events,
    "registries": registries,
    "registries-limits": limits,
    "registries-unknown": unknown,
}


def written(page: str) -> str:
    """The page with its generated parts."""
    return _PART.sub(lambda part: f"{part[1]}{PARTS[part['name']]()}\n{part[3]}", page)


def names_in(page: str) -> list[str]:
    """The names of the generated parts of a page."""
    return [part["name"] for part in _PART.finditer(page)]


if __name__ == "__main__":
    for path in sorted(DOCS.glob("*.md")):
        before = path.read_text()
        if (after := written(before)) != before:
            path.write_text(after)
            sys.stdout.write(f"{path}\n")
