"""The entry point of the command line."""

from __future__ import annotations

from watch_cluster.entrypoints.cli import (
    freeze_commands,
    git_command,
    migrate,
    offline_commands,
    report,
    run_commands,
    workload_commands,
)
from watch_cluster.entrypoints.cli.app import app

__all__ = [
    "app",
    "freeze_commands",
    "git_command",
    "main",
    "migrate",
    "offline_commands",
    "report",
    "run_commands",
    "workload_commands",
]


def main() -> None:
    """Run the command line."""
    app()
