"""How candidates are printed, wherever tags were judged."""

from __future__ import annotations

from typing import TYPE_CHECKING

from watch_cluster.domain.versions.choice import EvaluatedTag
from watch_cluster.domain.versions.version import InvalidVersion, Version

if TYPE_CHECKING:
    from rich.console import Console


def listed(evaluated_tags: tuple[EvaluatedTag, ...]) -> list[dict[str, object]]:
    """Write them for programs: the newest first."""
    return [{"tag": each.tag, "kept": each.kept, "reason": each.reason} for each in evaluated_tags]


def taken_apart(tag: str | None) -> list[tuple[str, str]]:
    """The parts of a tag by name; nothing when it is no version."""
    if tag is None:
        return []
    try:
        return list(Version.parse(tag).parts)
    except InvalidVersion:
        return []


def print_candidates(tag: str | None, evaluated_tags: tuple[EvaluatedTag, ...], console: Console) -> None:
    """Print the current tag's parts and a table of the tags that look newer, for people."""
    from rich.table import Table

    from watch_cluster.entrypoints.output.cell import cell

    parts = taken_apart(tag)
    if parts:
        console.print(cell(f"tag {tag}: " + ", ".join(f"{name} {text}" for name, text in parts)), soft_wrap=True)
    if not evaluated_tags:
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("TAG THAT LOOKS NEWER", "KEPT", "WHY"):
        table.add_column(title, overflow="fold")
    for each in evaluated_tags:
        table.add_row(cell(each.tag), "yes" if each.kept else "no", cell(each.reason))
    console.print(table)
