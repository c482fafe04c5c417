"""Which images a rollout quarantines, and how a person allows them again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from watch_cluster.domain.images.reference import ImageReference
from watch_cluster.domain.policy.quarantine import Quarantine, entry_for
from watch_cluster.domain.workload import annotation
from watch_cluster.domain.workload.workload import ImageChange, Workload


def quarantine_of(workload: Workload) -> Quarantine:
    """Return the workload's quarantine; an unreadable one counts as empty, and is an invalid configuration."""
    return read_quarantine(workload.annotations)


def read_quarantine(annotations: Mapping[str, str]) -> Quarantine:
    """Read the quarantine from annotations; an unreadable one counts as empty."""
    try:
        return Quarantine.parse(annotations.get(annotation.QUARANTINE, ""))
    except ValueError:
        return Quarantine()


def entries_for(changes: Sequence[ImageChange]) -> tuple[ImageReference, ...]:
    """Return the quarantine entries for the new images of the changes."""
    return tuple(entry_for(change.before, change.after, change.digest) for change in changes)


def how_to_release(entries: Sequence[ImageReference]) -> str:
    """Return the sentence that tells a person how to allow these images again."""
    names = ", ".join(str(entry) for entry in entries)
    return (
        f"{names} is not tried again here; to allow it again, remove it from {annotation.QUARANTINE} or set it by hand"
    )
