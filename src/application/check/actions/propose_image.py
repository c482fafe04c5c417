"""The use case that proposes new images, and follows up on a proposal until it is applied, declined or moot.

What is proposed is on record first, then it is written, then it is noted where: whoever comes after a crash in between
writes it again under the same name, which finds what is there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from watch_cluster.application.ports.clock import Clock
from watch_cluster.application.ports.leadership import Leadership
from watch_cluster.application.ports.orchestrator.proposer import (
    ProposalRejected,
    ProposalState,
    ProposedChange,
    Proposer,
)
from watch_cluster.application.ports.orchestrator.workload_writer import WorkloadWriter
from watch_cluster.application.state.policy_cache import PolicyCache
from watch_cluster.domain.policy.errors import InvalidConfiguration
from watch_cluster.domain.policy.policy import Policy
from watch_cluster.domain.policy.values.write_back import WriteBack
from watch_cluster.domain.rollout.proposing import (
    Applied,
    Moot,
    declined,
    evaluate_proposal,
    propose_change,
    proposed_record,
    reasons_of,
    withdrawn,
    written,
)
from watch_cluster.domain.rollout.record.proposal import Proposal
from watch_cluster.domain.rollout.record.record import RolloutRecord
from watch_cluster.domain.update.decision import Update
from watch_cluster.domain.workload import annotation
from watch_cluster.domain.workload.workload import Change, ImageChange, Workload


@dataclass(frozen=True, slots=True)
class ProposeImage:
    """Proposes images for workloads that another tool applies."""

    writer: WorkloadWriter
    proposer: Proposer
    leadership: Leadership
    read_policy: PolicyCache
    clock: Clock

    def __call__(
        self,
        workload: Workload,
        policy: Policy,
        place: WriteBack,
        updates: Iterable[Update],
        notes: Mapping[str, str | None],
    ) -> RolloutRecord:
        """Propose the updates, in place of what is proposed for the workload already; return the record.

        Raises `ProposalRejected` when that is not possible; nothing has been written then. Raises `ChangeConflict`,
        `ChangeRejected` or `OrchestratorUnavailable`; `carry_on` then does the rest.
        """
        images = _images(workload, updates)
        if any(step.digest is not None for step in images):
            raise ProposalRejected(f"the image would stay without its digest: set {annotation.PIN}: true")
        record = proposed_record(workload, images, policy.rollout_settings, place, self.clock.now())
        self.proposer.check(_change(workload, record, Proposal(record.started, place), policy))
        change = propose_change(workload, record, notes)
        self.writer.apply(workload.key, change)
        self.carry_on(_after(workload, change))
        return record

    def carry_on(self, workload: Workload) -> bool:
        """Do what there is to do for a proposal that is not applied; return whether the workload was written to.

        Raises the same errors, but for `ProposalRejected`.
        """
        record = RolloutRecord.of(workload)
        proposal = None if record is None else record.proposed
        if record is None or proposal is None or not self.leadership.leads():
            return False
        policy = self._policy(workload)
        change = _change(workload, record, proposal, policy)
        evaluation = evaluate_proposal(record, workload)
        if isinstance(evaluation, Applied):
            # The next reconcile follows the rollout.
            return False
        if isinstance(evaluation, Moot):
            return self._withdraw(workload, record, change, evaluation.why)
        if policy is not None and policy.write_back is None and record.failure is None:
            return self._withdraw(workload, record, change, f"{annotation.WRITE_BACK} is no longer set")
        next_change = self._propose(workload, record, proposal, change)
        if next_change is not None:
            self.writer.apply(workload.key, next_change)
        return next_change is not None

    def withdraw(self, workload: Workload, why: str) -> bool:
        """Take back a proposal that a newer image could replace; return whether there was one."""
        record = RolloutRecord.of(workload)
        proposal = None if record is None else record.proposed
        if record is None or proposal is None or not proposal.replaceable or record.failure is not None:
            return False
        return self._withdraw(workload, record, _change(workload, record, proposal, None), why)

    def _propose(
        self, workload: Workload, record: RolloutRecord, proposal: Proposal, change: ProposedChange
    ) -> Change | None:
        now = self.clock.now()
        try:
            proposed = self.proposer.propose(change)
        except ProposalRejected as error:
            return withdrawn(workload, record, str(error), now)
        if proposed.state is ProposalState.DECLINED:
            return declined(workload, record, proposed.reference, now)
        if proposed.state is ProposalState.WITHDRAWN:
            return withdrawn(workload, record, f"it was taken back in {proposed.reference}", now)
        accepted = proposed.state is ProposalState.ACCEPTED
        noted = replace(proposal, reference=proposed.reference, accepted=accepted)
        if proposal.reference is not None and noted.accepted == proposal.accepted:
            return None
        return written(workload, record, noted)

    def _withdraw(self, workload: Workload, record: RolloutRecord, change: ProposedChange, why: str) -> bool:
        self.proposer.withdraw(change, why)
        self.writer.apply(workload.key, withdrawn(workload, record, why, self.clock.now()))
        return True

    def _policy(self, workload: Workload) -> Policy | None:
        try:
            return self.read_policy(workload)
        except InvalidConfiguration:
            return None


def _images(workload: Workload, updates: Iterable[Update]) -> tuple[ImageChange, ...]:
    """The changes of the updates, and those that are proposed already for other containers."""
    images = {update.container: update.change for update in updates}
    record = RolloutRecord.of(workload)
    if record is not None and record.proposed is not None:
        images |= {
            step.container: step
            for step in record.images
            if step.container not in images and workload.image_of(step.container) == step.before
        }
    return tuple(images.values())


def _change(workload: Workload, record: RolloutRecord, proposal: Proposal, policy: Policy | None) -> ProposedChange:
    failure = None if record.failure is None else record.failure.message
    return ProposedChange(
        f"{record.id}-back" if record.rolling_back else record.id,
        workload.key,
        proposal.place,
        record.target_changes,
        noted=proposal.reference is not None,
        reasons=reasons_of(policy, record.images) if failure is None else (),
        failure=failure,
    )


def _after(workload: Workload, change: Change) -> Workload:
    """The workload as it is once the change is applied."""
    merged = {**workload.annotations, **change.annotations}
    return replace(workload, annotations={key: value for key, value in merged.items() if value is not None})
