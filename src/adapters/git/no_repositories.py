"""Stands in for the proposer of a process whose operator has declared no repositories."""

from __future__ import annotations

from watch_cluster.application.ports.orchestrator.proposer import ProposalRejected, Proposed, ProposedChange


class NoRepositories:
    """Implements `Proposer` by rejecting every proposal."""

    def check(self, change: ProposedChange) -> None:
        """Reject the change."""
        raise ProposalRejected(f"{change.place.path} is not declared in GIT_REPOSITORIES of the controller")

    def propose(self, change: ProposedChange) -> Proposed:
        """Reject the change."""
        self.check(change)
        raise AssertionError("every change is rejected")

    def withdraw(self, change: ProposedChange, why: str) -> None:
        """Do nothing: nothing was proposed by this process."""
