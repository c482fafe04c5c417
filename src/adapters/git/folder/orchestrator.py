"""A folder of manifests as an orchestrator: its files are the desired state, and nothing runs."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from threading import RLock
from typing import Final

from watch_cluster.adapters.git.folder.files import Files, UnreadableFolder
from watch_cluster.adapters.git.folder.notes import (
    NOTES_FILE,
    Notes,
    UnreadableNotes,
    parse_notes,
    write_notes,
)
from watch_cluster.adapters.git.folder.planning import planned_edits
from watch_cluster.adapters.git.manifests.manifest_folder import ManifestFolder
from watch_cluster.adapters.git.manifests.places import CannotWrite
from watch_cluster.adapters.git.manifests.workload_documents import ManifestWorkload
from watch_cluster.adapters.git.yaml.splice import CannotSplice
from watch_cluster.application.ports.orchestrator.orchestrator import Orchestrator
from watch_cluster.application.ports.orchestrator.rollout_observer import OUR_NAME
from watch_cluster.application.ports.orchestrator.workload_reader import OrchestratorUnavailable
from watch_cluster.application.ports.orchestrator.workload_writer import ChangeConflict, ChangeRejected
from watch_cluster.domain.images.platform import Node
from watch_cluster.domain.workload.namespace import with_namespace_settings
from watch_cluster.domain.workload.replica import Replica
from watch_cluster.domain.workload.workload import Change, Container, Progress, Workload, WorkloadKey

UNVERIFIABLE: Final = "a folder of manifests runs nothing"
_PROGRESS: Final = Progress(observed=True, desired=0, updated=0, available=0, outdated=0, unverifiable=UNVERIFIABLE)
_LONG_AGO: Final = datetime(1970, 1, 1, tzinfo=UTC)
"""When anybody modified a manifest last is in the history of the repository; no decision needs it."""


class FolderOrchestrator:
    """Implements the ports of an orchestrator with files. Safe for threads.

    Annotations that we write are kept beside the manifests, see `notes`. `own` is the namespace whose freeze counts
    everywhere.
    """

    def __init__(self, files: Files, own: str = "watch-cluster") -> None:
        self._files = files
        self._own = own
        self._lock = RLock()
        self._folder = ManifestFolder()
        self._notes: Notes = {}
        self._has_notes = False
        self._workloads: dict[WorkloadKey, Workload] = {}
        self._set_by_us: set[tuple[WorkloadKey, str, str]] = set()
        self._changed: Callable[[WorkloadKey], None] | None = None
        self.changes: list[tuple[WorkloadKey, Change]] = []
        """The changes of images that were applied, in order."""
        self.written: tuple[str, ...] = ()
        """The files that the last change has written."""

    def ports(self) -> Orchestrator:
        """All ports in one."""
        return Orchestrator(self, self, self, self, self, self)

    @property
    def folder(self) -> ManifestFolder:
        """The manifests as they were read last."""
        return self._folder

    def load(self) -> None:
        """Read all files, and report the workloads that are not as they were. Raises `OrchestratorUnavailable`."""
        self._load(ManifestFolder())

    def _load(self, known: ManifestFolder) -> None:
        """Read all files but the known ones."""
        try:
            with self._lock:
                paths = self._files.paths()
                self._has_notes = NOTES_FILE in paths
                self._folder = ManifestFolder.read(paths, self._files.read, known)
                if not self._notes and self._has_notes:
                    self._notes = parse_notes(self._files.read(NOTES_FILE))
                before, self._workloads = self._workloads, self._all()
                after = self._workloads
        except (UnreadableFolder, UnreadableNotes) as error:
            raise OrchestratorUnavailable(str(error)) from None
        for key in before.keys() | after.keys():
            if before.get(key) != after.get(key) and self._changed is not None:
                self._changed(key)

    def workloads(self) -> Iterable[Workload]:
        """Every workload with a setting of ours."""
        return tuple(self._workloads.values())

    def find(self, key: WorkloadKey) -> Workload | None:
        """The workload as it was read last."""
        return self._workloads.get(key)

    def apply(self, key: WorkloadKey, change: Change) -> None:
        """Edit the files, unless they are no longer what was read."""
        with self._lock:
            self._check(key, change)
            try:
                edited = self._folder.edited(planned_edits(self._folder, key, change.images))
            except (CannotWrite, CannotSplice) as error:
                raise ChangeRejected(f"{key} cannot be edited: {error}") from None
            if not all(self._is_unchanged(path) for path in (*edited, self._folder.workloads[key].path)):
                self.load()
                raise ChangeConflict(f"the files of {key} have changed meanwhile")
            notes = {**self._notes.get(key, {}), **change.annotations}
            self._notes[key] = {name: value for name, value in notes.items() if value is not None}
            self._write(edited)
            self._set_by_us |= {(key, step.container, step.after) for step in change.images}
            if change.images:
                self.changes.append((key, change))
            known = self._folder.without(edited)
        self._load(known)

    def replicas(self, _key: WorkloadKey) -> tuple[Replica, ...] | None:
        """Nothing is known of replicas."""
        return None

    def revision_annotations(self, key: WorkloadKey) -> tuple[Mapping[str, str], ...]:
        """Earlier revisions carry no annotations."""
        if key not in self._workloads:
            raise ChangeConflict(f"{key} is gone")
        return ()

    def last_changed_by(self, key: WorkloadKey, container: str) -> str | None:
        """Whether it was us, as far as this process knows."""
        workload = self._workloads.get(key)
        image = None if workload is None else workload.image_of(container)
        return OUR_NAME if (key, container, image) in self._set_by_us else None

    def replace(self, key: WorkloadKey, replica: Replica) -> None:
        """There is nothing to replace."""
        raise ChangeRejected(f"{key} has no replica {replica.name}: {UNVERIFIABLE}")

    def start(self, changed: Callable[[WorkloadKey], None]) -> None:
        """Read the files; later changes are reported at each `load`."""
        self._changed = changed
        self.load()

    def synced(self) -> bool:
        """The folder is read at the start."""
        return self._changed is not None

    def staleness(self) -> float:
        """The folder is always there."""
        return 0.0

    def close(self) -> None:
        """Report nothing more."""
        self._changed = None

    def nodes(self) -> tuple[Node, ...] | None:
        """Nothing is known of nodes."""
        return None

    def freeze(self, namespace: str, _reason: str | None) -> None:
        """A namespace is frozen where it is written."""
        raise ChangeRejected(f"annotate the manifest of Namespace {namespace} instead")

    def _check(self, key: WorkloadKey, change: Change) -> None:
        workload = self._workloads.get(key)
        conflict = f"{key} is gone" if workload is None else change.conflict(workload)
        if conflict is not None:
            raise ChangeConflict(conflict)

    def _is_unchanged(self, path: str) -> bool:
        try:
            return self._files.read(path) == self._folder.files[path].source
        except UnreadableFolder:
            return False

    def _write(self, edited: Mapping[str, bytes]) -> None:
        notes = write_notes(self._notes)
        files = dict(edited)
        if (notes or self._has_notes) and (not self._has_notes or self._files.read(NOTES_FILE) != notes):
            files[NOTES_FILE] = notes or b"{}\n"
        try:
            self._files.write(files)
            self.written = tuple(files)
        except UnreadableFolder as error:
            raise OrchestratorUnavailable(str(error)) from None

    def _all(self) -> dict[WorkloadKey, Workload]:
        annotated = {key: each for key, each in self._folder.workloads.items() if each.annotations}
        return {key: self._workload(each) for key, each in annotated.items()}

    def _workload(self, manifest: ManifestWorkload) -> Workload:
        key = manifest.key
        containers = tuple(
            Container(each.name, each.place.image, each.always_pulled, each.init, each.sidecar)
            for each in manifest.containers
        )
        uid = hashlib.sha256(str(key).encode()).hexdigest()[:16]
        annotations = manifest.annotations | self._notes.get(key, {})
        workload = Workload(key, uid, containers, _PROGRESS, _LONG_AGO, annotations)
        return with_namespace_settings(workload, self._folder.namespaces, self._own)
