"""How images are written back to repositories; nothing of it is imported unless one is declared."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from watch_cluster.adapters.git.no_repositories import NoRepositories
from watch_cluster.application.ports.orchestrator.proposer import Proposer
from watch_cluster.entrypoints.settings.settings import Settings


def proposer(settings: Settings) -> Iterator[Proposer]:
    """The proposer for the declared repositories, whose clones are removed in the end."""
    if settings.GIT_REPOSITORIES is None:
        yield NoRepositories()
        return
    from watch_cluster.adapters.git.write_back.declarations import read_declarations
    from watch_cluster.adapters.git.write_back.proposer import GitProposer

    folder = Path(tempfile.mkdtemp(prefix="watch-cluster-"))
    try:
        yield GitProposer(read_declarations(settings.GIT_REPOSITORIES), folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
