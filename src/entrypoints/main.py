"""Where the process starts."""

from __future__ import annotations

from watch_cluster.entrypoints.cli import freeze_commands as setting
from watch_cluster.entrypoints.cli import query_commands as asking
from watch_cluster.entrypoints.cli import run_commands as running
from watch_cluster.entrypoints.cli.app import app

__all__ = ["app", "asking", "main", "running", "setting"]


def main() -> None:
    """Run the command line."""
    app()
