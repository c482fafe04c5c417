"""Lists that fit a narrow terminal."""

from __future__ import annotations

import io

from rich.console import Console

from watch_cluster.entrypoints.output.blocks import Entry, print_block


def printed(*parts: str, width: int = 80) -> list[str]:
    output = io.StringIO()
    print_block("Updates", [Entry(parts)], Console(file=output, width=width))
    return output.getvalue().splitlines()[1:]


def test_an_entry_stands_on_one_line_if_there_is_room() -> None:
    assert printed("shop", "shop 1.0.0 → 1.1.0", "next check in 2 min") == [
        "  shop  shop 1.0.0 → 1.1.0  next check in 2 min"
    ]


def test_a_part_stays_whole_where_lines_are_short() -> None:
    assert printed("shop/Deployment/shop", "registry.example/shop 1.0.0 → 1.1.0", "next check in 2 min", width=50) == [
        "  shop/Deployment/shop",
        "      registry.example/shop 1.0.0 → 1.1.0",
        "      next check in 2 min",
    ]
