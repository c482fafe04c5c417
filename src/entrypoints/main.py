"""The entry point of the command line."""

from __future__ import annotations

from watch_cluster.entrypoints.cli.app import app
from watch_cluster.entrypoints.cli.commands import freeze, git, migrate, offline, report, run, workloads

__all__ = ["app", "freeze", "git", "main", "migrate", "offline", "report", "run", "workloads"]


def main() -> None:
    """Run the command line."""
    app()
