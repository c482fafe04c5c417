"""The tables of docs/migrate.md: what the rules make of an example of each setting."""

from __future__ import annotations

from watch_cluster.adapters.migration.rules import Subject, advise
from watch_cluster.adapters.migration.supported_tools import TOOLS, Tool
from watch_cluster.adapters.re2.tag_patterns import compile_tag_pattern
from watch_cluster.domain.workload import annotation

KEEL = "keel.sh/"


def table(name: str) -> str:
    """The table of one tool."""
    tool = TOOLS[name]
    prefix = KEEL if name == "keel" else ""
    rows = [_row(tool, f"{prefix}{key}", value) for key, value in tool.examples]
    return "\n".join([f"| {tool.title} | Watch-Cluster | Remark |", "|---|---|---|", *rows])


def _row(tool: Tool, key: str, value: str) -> str:
    advice = advise(Subject("example", {key: value}), tool.rules, compile_tag_pattern)
    settings = {annotation.short(name): text for name, text in advice.annotations.items()}
    if settings.get("enabled") == "true" and len(settings) > 1:
        del settings["enabled"]
    ours = [f"`{name}: {text}`" for name, text in settings.items()]
    ours += [f"`{name}={text}`" for name, text in advice.variables.items()]
    notes = "; ".join(note.removeprefix(f"{key}: ") for note in advice.notes)
    cells = (f"`{key}: {value}`", ", ".join(ours), notes)
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"
