"""Proposes by pull requests: one branch and one request for each workload, found again by the rollout in its text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from watch_cluster.adapters.git.forge.forge import Forge, PullRequest, RequestState
from watch_cluster.adapters.git.repository.messages import (
    ImageUpdate,
    commit_message,
    request_text,
    rollout_in,
    withdrawn_text,
)
from watch_cluster.adapters.git.repository.program import GitError
from watch_cluster.adapters.git.write_back.remote import Remote
from watch_cluster.application.ports.orchestrator.proposer import ProposalState, Proposed

_STATES: Final = {
    RequestState.OPEN: ProposalState.OPEN,
    RequestState.MERGED: ProposalState.ACCEPTED,
    RequestState.CLOSED: ProposalState.DECLINED,
}


@dataclass(frozen=True, slots=True)
class Requests:
    """The pull requests of one repository against one branch. Everything raises `GitError` or `ForgeError`."""

    remote: Remote
    forge: Forge
    base: str

    def find(self, branch: str, rollout: str) -> Proposed | None:
        """Return what has become of the rollout's request; None if it has none."""
        found = self.forge.find(branch, self.base)
        known, withdrawn = (None, False) if found is None else rollout_in(found.text)
        if found is None or known != rollout:
            return None
        closed = found.state is RequestState.CLOSED
        state = ProposalState.WITHDRAWN if withdrawn and closed else _STATES[found.state]
        return Proposed(state, f"{found.url} was closed without merging" if closed else found.url)

    def propose(self, update: ImageUpdate, head: str, files: dict[str, bytes]) -> Proposed:
        """Push the workload's branch and open its request, or change the one that is open. Raises `BranchMoved`."""
        self._push(update, head, files)
        found = self.forge.find(update.branch, self.base)
        text = request_text(update)
        if found is None or found.state is not RequestState.OPEN:
            found = self.forge.open(update.branch, self.base, update.subject, text)
        elif rollout_in(found.text)[0] != update.rollout:
            self.forge.edit(found.number, update.subject, text)
        return Proposed(ProposalState.OPEN, found.url)

    def withdraw(self, branch: str, why: str, rollout: str | None = None) -> None:
        """Close the open request of the branch, that of the rollout only if one is given, and delete the branch."""
        found = self.forge.find(branch, self.base)
        if found is None or not self._is_of(found, rollout):
            return
        if found.state is RequestState.OPEN:
            # The text says who closed it before it is closed: a person who closes it declines.
            self.forge.edit(found.number, found.title, withdrawn_text(rollout_in(found.text)[0] or "none", why))
            self.forge.close(found.number)
        if found.state is not RequestState.MERGED:
            self._delete(branch)

    @staticmethod
    def _is_of(found: PullRequest, rollout: str | None) -> bool:
        return rollout is None or rollout_in(found.text)[0] == rollout

    def _push(self, update: ImageUpdate, head: str, files: dict[str, bytes]) -> None:
        tip = self.remote.head(update.branch)
        if tip is not None:
            commits = self.remote.rollouts(tip, head)
            if commits and commits[0][1] == update.rollout:
                return
            if not all(rollout for _, rollout in commits):
                raise GitError(f"somebody has committed to {update.branch}: merge it, or delete the branch")
        commit = self.remote.commit(head, files, commit_message(update))
        self.remote.push(commit, update.branch, replacing=tip or "")

    def _delete(self, branch: str) -> None:
        tip = self.remote.head(branch)
        if tip is not None and self.remote.rollouts(tip)[0][1]:
            self.remote.delete(branch, tip)
