"""Admission: the orchestrator may rewrite the images that we set."""

from __future__ import annotations

from dataclasses import replace

from watch_cluster.domain.rollout.record.record import RolloutRecord
from watch_cluster.domain.workload.workload import ImageChange, Workload


def as_admitted(record: RolloutRecord, workload: Workload) -> RolloutRecord | None:
    """Return the record with the images in the template, if Watch-Cluster set them last.

    So an admission webhook that adds a digest, or names a mirror, is not mistaken for a manual change.
    None if the record cannot express them.
    """
    images = tuple(_admitted(step, workload, back=record.rolling_back) for step in record.images)
    admitted = replace(record, images=images)
    fits = all(workload.image_of(step.container) == step.after for step in admitted.target_changes)
    return admitted if fits and admitted != record else None


def _admitted(step: ImageChange, workload: Workload, *, back: bool) -> ImageChange:
    present = workload.image_of(step.container)
    if present is None:
        return step
    return replace(step, before=present) if back else replace(step, after=present)
