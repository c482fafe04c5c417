"""The help of each command, for docs/commands.md."""

from __future__ import annotations

from typer.main import get_command
from typer.testing import CliRunner

from watch_cluster.entrypoints.main import app

_WIDTH = {"COLUMNS": "88", "TERMINAL_WIDTH": "88"}


def commands() -> list[str]:
    """The names of the commands, those for every day first."""
    group = get_command(app)
    found: list[str] = group.list_commands(None)  # type: ignore[attr-defined]
    return found


def help_of(name: str) -> str:
    """What `watch-cluster NAME --help` prints."""
    shown = CliRunner().invoke(app, [name, "--help"], env=_WIDTH, prog_name="watch-cluster")
    return f"```text\n{shown.output.strip()}\n```"
