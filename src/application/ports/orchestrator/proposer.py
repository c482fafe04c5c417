"""The port that proposes images where another tool applies a workload from."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import Protocol

from watch_cluster.application.ports.orchestrator.workload_reader import OrchestratorError, OrchestratorUnavailable
from watch_cluster.domain.policy.values.write_back import WriteBack
from watch_cluster.domain.workload.workload import ImageChange, WorkloadKey


class ProposerUnavailable(OrchestratorUnavailable):
    """What is proposed cannot be read or written now: retry later."""


class ProposalRejected(OrchestratorError):  # noqa: N818 - a kind of answer, not a defect
    """The images cannot be proposed there, or the workload may not write there: a retry cannot help."""


class ProposalState(Enum):
    """The state of a proposal."""

    OPEN = auto()
    """It waits for a person's consent."""
    ACCEPTED = auto()
    """It is where the other tool reads it."""
    DECLINED = auto()
    """A person has refused or undone it."""
    WITHDRAWN = auto()
    """Watch-Cluster has taken it back."""


@dataclass(frozen=True, slots=True)
class ProposedChange:
    """The images that a workload is to have. `id` identifies the proposal: making it again finds the same one.

    `noted` is whether it is on record that it was written. `reasons` say for each container why this image was chosen,
    `failure` why the images are put back, None for an update.
    """

    id: str
    workload: WorkloadKey
    place: WriteBack
    images: tuple[ImageChange, ...]
    noted: bool = False
    reasons: tuple[str, ...] = ()
    failure: str | None = None


@dataclass(frozen=True, slots=True)
class Proposed:
    """The state of a proposal, and what a person can look up, such as a commit or a URL."""

    state: ProposalState
    reference: str


class Proposer(Protocol):
    """Writes proposals, each at most once. Thread-safe. All methods raise `ProposerUnavailable`."""

    def check(self, change: ProposedChange) -> None:
        """Raise `ProposalRejected` when the change cannot be proposed; write nothing."""

    def propose(self, change: ProposedChange) -> Proposed:
        """Bring about the proposal, unless it is there already or was declined. Raises `ProposalRejected`.

        A proposal that waits for consent takes the place of the workload's earlier ones.
        """

    def withdraw(self, change: ProposedChange, why: str) -> None:
        """Take back a proposal that waits for consent, if there is one; what was accepted stays."""
