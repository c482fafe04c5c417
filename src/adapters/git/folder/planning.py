"""From a change of a workload to the edits of files that make it."""

from __future__ import annotations

from watch_cluster.adapters.git.manifests.manifest_folder import ManifestFolder
from watch_cluster.adapters.git.manifests.places import CannotWrite, PositionEdit
from watch_cluster.adapters.git.manifests.workload_documents import ManifestWorkload
from watch_cluster.domain.workload import annotation
from watch_cluster.domain.workload.workload import ImageChange, WorkloadKey


def planned_edits(
    folder: ManifestFolder, key: WorkloadKey, images: tuple[ImageChange, ...]
) -> tuple[PositionEdit, ...]:
    """Return what to write for these images. Raises `CannotWrite` with the places that are in question."""
    if key in folder.duplicates:
        raise CannotWrite(f"{key} is in several files: {', '.join(sorted(folder.duplicates[key]))}")
    workload = folder.workloads[key]
    places = {container.name: container.place for container in workload.containers}
    edits = tuple(edit for step in images for edit in places[step.container].edits(step.after))
    changed = {step.container for step in images}
    for other, containers in folder.sharing(edits).items():
        check_shared(workload, changed, folder.workloads[other], containers, edits)
    return edits


def check_shared(
    workload: ManifestWorkload,
    changed: set[str],
    other: ManifestWorkload,
    containers: set[str],
    edits: tuple[PositionEdit, ...],
) -> None:
    """Refuse an edit that would update a workload that has not opted in."""
    where = edits[0].position
    if other is workload:
        if containers - changed:
            also = ", ".join(sorted(containers - changed))
            raise CannotWrite(f"{where} is also the image of container {also}, which is not updated")
    elif _settings(other) != _settings(workload):
        raise CannotWrite(f"{where} is also the image of {other.key}: give both the same settings")


def _settings(workload: ManifestWorkload) -> dict[str, str]:
    return {key: value for key, value in workload.annotations.items() if key not in annotation.WRITTEN}
