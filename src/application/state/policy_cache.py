"""Reads policies, and keeps each for as long as its workload is unchanged: a tick must not parse thousands again."""

from __future__ import annotations

from dataclasses import dataclass

from watch_cluster.application.state.workload_state import WorkloadStates
from watch_cluster.domain.policy.errors import InvalidConfiguration
from watch_cluster.domain.policy.policy import Policy
from watch_cluster.domain.policy.policy_reader import PolicyReader
from watch_cluster.domain.rollout.record.record import record_error
from watch_cluster.domain.workload.workload import Workload


@dataclass(frozen=True, slots=True)
class PolicyCache:
    """Reads the policy of a workload, once for each state of it that the orchestrator shows."""

    read: PolicyReader
    states: WorkloadStates

    def __call__(self, workload: Workload) -> Policy:
        """The workload's policy. Raises `InvalidConfiguration`, also for a rollout record that cannot be read."""
        state = self.states.of(workload.key)
        if state.policy is not None and state.policy[0] is workload:
            return state.policy[1]
        invalid_record = record_error(workload)
        try:
            policy = self.read(workload)
        except InvalidConfiguration as error:
            raise error if invalid_record is None else InvalidConfiguration((*error.errors, invalid_record)) from None
        if invalid_record is not None:
            raise InvalidConfiguration((invalid_record,))
        state.policy = (workload, policy)
        return policy
