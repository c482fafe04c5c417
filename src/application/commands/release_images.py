"""Releases images from a workload's quarantine."""

from __future__ import annotations

from dataclasses import dataclass

from watch_cluster.application.ports.orchestrator.workload_writer import WorkloadWriter
from watch_cluster.domain.images.reference import ImageReference
from watch_cluster.domain.policy.quarantine import Quarantine
from watch_cluster.domain.workload import annotation
from watch_cluster.domain.workload.workload import Change, Workload


class NotQuarantined(Exception):  # noqa: N818 - the name says what is wrong
    """The workload has no such image in quarantine. The message is one line."""


@dataclass(frozen=True, slots=True)
class ReleaseImages:
    """Takes images out of the annotation `quarantine`, so that they may be rolled out again."""

    writer: WorkloadWriter

    def __call__(self, workload: Workload, image: str | None = None) -> tuple[ImageReference, ...]:
        """Release this image, or all; return what was released.

        The image is written as in the annotation, or as a tag or digest alone. Raises `NotQuarantined`, `ValueError`
        for a quarantine that cannot be read, and `OrchestratorError`.
        """
        written = workload.annotations.get(annotation.QUARANTINE, "")
        quarantine = Quarantine.parse(written)
        released = tuple(entry for entry in quarantine.entries if image is None or _is_named(entry, image))
        if not released:
            raise NotQuarantined(_not_quarantined(workload, quarantine, image))
        remaining = Quarantine(tuple(entry for entry in quarantine.entries if entry not in released))
        change = Change(
            workload.uid, {annotation.QUARANTINE: str(remaining) or None}, {annotation.QUARANTINE: written or None}
        )
        self.writer.apply(workload.key, change)
        return released


def _not_quarantined(workload: Workload, quarantine: Quarantine, image: str | None) -> str:
    if not quarantine or image is None:
        return f"{workload.key} has no image in quarantine"
    return f"{image!r} is not in the quarantine of {workload.key}: it contains {quarantine}"


def _is_named(entry: ImageReference, image: str) -> bool:
    return image in {str(entry), entry.tag, entry.digest}
