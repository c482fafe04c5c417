"""How far each kind of workload has come, as `kubectl rollout status` reads it.

Source: k8s.io/kubectl/pkg/polymorphichelpers/rollout_status.go
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from watch_cluster.adapters.kubernetes.resources.workloads.workload_objects import (
    CronJob,
    DaemonSet,
    DaemonSetStatus,
    Deployment,
    DeploymentStatus,
    StatefulSet,
    StatefulSetStatus,
)
from watch_cluster.domain.workload.workload import Progress

_NO_DEADLINE: Final = 2**31 - 1
"""`progressDeadlineSeconds: 2147483647` means none (apps/v1, DeploymentSpec)."""
_ON_DELETE: Final = "OnDelete"
_BY_HAND: Final = "its update strategy is OnDelete, so Pods are updated only when somebody deletes them"


def deployment_progress(read: Deployment) -> Progress:
    """Read a Deployment: the server itself says when it has waited too long."""
    status: DeploymentStatus = read.status
    deadline = read.spec.progress_deadline_seconds
    stalled = _condition(status, "Progressing", "False", "ProgressDeadlineExceeded")
    shortage = _condition(status, "ReplicaFailure", "True")
    observed = status.observed_generation >= read.metadata.generation
    return Progress(
        observed=observed,
        desired=read.spec.replicas,
        updated=status.updated_replicas,
        available=status.available_replicas,
        outdated=max(0, status.replicas - status.updated_replicas),
        stalled=stalled if observed else None,
        shortage=shortage,
        unverifiable=None if read.spec.replicas else "it is scaled to zero",
        deadline=None if deadline is None or deadline == _NO_DEADLINE else timedelta(seconds=deadline),
    )


def _condition(status: DeploymentStatus, kind: str, value: str, reason: str | None = None) -> str | None:
    """What the condition of that type says, when it has that status and that reason."""
    for each in status.conditions or ():
        if (each.type, each.status) == (kind, value) and reason in {None, each.reason}:
            return each.message or each.reason
    return None


def stateful_set_progress(read: StatefulSet) -> Progress:
    """Read a StatefulSet: the Pods below the partition stay as they are, and count as if they were updated."""
    status: StatefulSetStatus = read.status
    desired = read.spec.replicas
    rolling = read.spec.update_strategy.rolling_update
    staying = min(desired, rolling.partition if rolling is not None else 0)
    unverifiable = None
    if read.spec.update_strategy.type == _ON_DELETE:
        unverifiable = _BY_HAND
    elif not desired:
        unverifiable = "it is scaled to zero"
    elif staying == desired:
        unverifiable = "its partition covers all Pods"
    left = max(1, desired - status.updated_replicas) if status.current_revision != status.update_revision else 0
    return Progress(
        observed=status.observed_generation >= read.metadata.generation,
        desired=desired,
        updated=min(desired, status.updated_replicas + staying),
        available=status.ready_replicas,
        outdated=0 if staying else left,
        unverifiable=unverifiable,
    )


def daemon_set_progress(read: DaemonSet) -> Progress:
    """Read a DaemonSet: one Pod is desired for each matching node."""
    status: DaemonSetStatus = read.status
    unverifiable = _BY_HAND if read.spec.update_strategy.type == _ON_DELETE else None
    observed = status.observed_generation >= read.metadata.generation
    if unverifiable is None and observed and not status.desired_number_scheduled:
        unverifiable = "no node runs it"
    return Progress(
        observed=observed,
        desired=status.desired_number_scheduled,
        updated=status.updated_number_scheduled,
        available=status.number_available,
        outdated=max(0, status.desired_number_scheduled - status.updated_number_scheduled),
        unverifiable=unverifiable,
    )


def cron_job_progress(_read: CronJob) -> Progress:
    """Read a CronJob: running Jobs continue, and only later ones have the new template."""
    why = "only later Jobs run what it says now"
    return Progress(observed=True, desired=0, updated=0, available=0, outdated=0, unverifiable=why)
