"""Proposes the update of a workload: one branch and one pull request, which a newer update changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from watch_cluster.adapters.git.forge.forge import Forge, PullRequest, RequestState
from watch_cluster.adapters.git.repository.messages import ImageUpdate, request_text
from watch_cluster.adapters.git.repository.working_copy import WorkingCopy


@dataclass(frozen=True, slots=True)
class Proposed:
    """The request. `declined` is whether a person closed it before, so that it is not opened again."""

    request: PullRequest
    declined: bool = False


@dataclass(frozen=True, slots=True)
class Proposals:
    """Opens pull requests against one branch of a repository."""

    copy: WorkingCopy
    forge: Forge
    base: str

    def __call__(self, files: Mapping[str, bytes], update: ImageUpdate) -> Proposed:
        """Propose the files. Safe to repeat: what is there already is found. Raises `GitError` or `ForgeError`."""
        found = self.forge.find(update.branch, self.base)
        if found is not None and found.state is RequestState.CLOSED and found.title == update.subject:
            return Proposed(found, declined=True)
        self.copy.propose(files, update)
        text = request_text(update)
        if found is None or found.state is not RequestState.OPEN:
            return Proposed(self.forge.open(update.branch, self.base, update.subject, text))
        if found.title != update.subject:
            self.forge.edit(found.number, update.subject, text)
        return Proposed(found)
