"""Reads all manifests of a folder, and finds the workloads in them with the places of their images."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from watch_cluster.adapters.git.manifests.kustomizations import FILE_NAMES, Kustomization, apply_patch, referenced
from watch_cluster.adapters.git.manifests.places import PositionEdit
from watch_cluster.adapters.git.manifests.workload_documents import (
    ManifestWorkload,
    read_namespaces,
    read_values,
    read_workloads,
)
from watch_cluster.adapters.git.yaml.documents import UnreadableYaml, YamlFile
from watch_cluster.adapters.git.yaml.nodes import DuplicateKey
from watch_cluster.adapters.git.yaml.splice import Edit, splice
from watch_cluster.domain.workload.annotation import DOMAIN
from watch_cluster.domain.workload.workload import WorkloadKey

MAX_NESTING: Final = 20
"""How deep kustomizations may refer to others."""
MAX_WORKLOADS: Final = 50_000
"""How many workloads a folder may have, counting those of a base once for each of its overlays."""
_YAML: Final = (".yaml", ".yml")


@dataclass(slots=True)
class ManifestFolder:
    """The workloads of a folder by key, the files that they are in, and what could not be read: one line each.

    `manifests` are the workloads of each file, before kustomizations. `duplicates` are the keys that several manifests
    have, with the files of these. `namespaces` are the annotations of ours on Namespaces.
    """

    files: dict[str, YamlFile] = field(default_factory=dict)
    workloads: dict[WorkloadKey, ManifestWorkload] = field(default_factory=dict)
    duplicates: dict[WorkloadKey, set[str]] = field(default_factory=dict)
    namespaces: dict[str, dict[str, str]] = field(default_factory=dict)
    unreadable: list[str] = field(default_factory=list)
    manifests: dict[str, list[ManifestWorkload]] = field(default_factory=dict, repr=False)

    @classmethod
    def read(
        cls, paths: Iterable[str], source: Callable[[str], bytes], before: ManifestFolder | None = None
    ) -> ManifestFolder:
        """Read the manifests among these files; `source` returns the bytes of one that was not read `before`."""
        folder = cls()
        for path in sorted(paths):
            if before is not None and path in before.files:
                folder._keep(path, before)
            elif path.endswith(_YAML) or posixpath.basename(path) in FILE_NAMES:
                folder._parse(path, source(path))
        _Reader(folder).read()
        return folder

    def without(self, paths: Iterable[str]) -> ManifestFolder:
        """What was read of all files but these."""
        left_out = set(paths)
        return ManifestFolder(
            {path: file for path, file in self.files.items() if path not in left_out},
            namespaces=self.namespaces,
            manifests={path: found for path, found in self.manifests.items() if path not in left_out},
        )

    def edited(self, edits: Iterable[PositionEdit]) -> Mapping[str, bytes]:
        """Return the bytes of the files that change, by path. Raises `CannotSplice`."""
        by_path: dict[str, list[Edit]] = {}
        for edit in edits:
            by_path.setdefault(edit.position.path, []).append(Edit(edit.position.scalar, edit.value))
        return {path: splice(self.files[path], of_file) for path, of_file in by_path.items()}

    def sharing(self, edits: Iterable[PositionEdit]) -> dict[WorkloadKey, set[str]]:
        """Return the containers whose images these edits change, by workload."""
        changed = {edit.position.id for edit in edits}
        found: dict[WorkloadKey, set[str]] = {}
        for key, workload in self.workloads.items():
            for container in workload.containers:
                if any(position.id in changed for position in container.place.positions):
                    found.setdefault(key, set()).add(container.name)
        return found

    def _keep(self, path: str, before: ManifestFolder) -> None:
        self.files[path] = before.files[path]
        if path in before.manifests:
            self.manifests[path] = before.manifests[path]
        self.namespaces.update(before.namespaces)

    def _parse(self, path: str, source: bytes) -> None:
        try:
            self.files[path] = YamlFile.parse(source)
        except UnreadableYaml as error:
            # Charts are full of templates that are no YAML; only files that mean us are reported.
            if DOMAIN.encode() in source or posixpath.basename(path) in FILE_NAMES:
                self.unreadable.append(f"{path}: {error}")


class _Reader:
    """Reads the workloads of a folder whose files are parsed."""

    def __init__(self, folder: ManifestFolder) -> None:
        self._folder = folder
        self._kustomizations = {
            posixpath.dirname(path): Kustomization.of(path, file)
            for path, file in folder.files.items()
            if posixpath.basename(path) in FILE_NAMES
        }
        self._manifests = folder.manifests
        self._count = 0

    def read(self) -> None:
        for path in self._folder.files:
            self._guarded(path, lambda path=path: self._read_file(path))  # type: ignore[misc]
        used = set(referenced(self._kustomizations))
        for folder, kustomization in self._kustomizations.items():
            if folder not in used:
                self._guarded(kustomization.path, lambda folder=folder: self._add(self._built(folder, 0)))  # type: ignore[misc]
        for path, workloads in self._manifests.items():
            if path not in used:
                self._add(workloads)

    def _guarded(self, path: str, read: Callable[[], None]) -> None:
        """Leave out and name what cannot be read, with nothing else."""
        try:
            read()
        except (DuplicateKey, UnreadableYaml) as error:
            self._folder.unreadable.append(f"{path}: {error}")

    def _read_file(self, path: str) -> None:
        if posixpath.basename(path) in FILE_NAMES or path in self._manifests:
            return
        file = self._folder.files[path]
        self._manifests[path] = read_workloads(path, file)
        self._folder.namespaces |= read_namespaces(file)
        values = read_values(path, file)
        if values is not None:
            self._manifests[path].append(values)

    def _add(self, workloads: Iterable[ManifestWorkload]) -> None:
        for workload in workloads:
            other = self._folder.workloads.setdefault(workload.key, workload)
            if other is not workload:
                self._folder.duplicates.setdefault(workload.key, {other.path}).add(workload.path)

    def _built(self, folder: str, depth: int) -> list[ManifestWorkload]:
        """What kustomize would build of the folder."""
        kustomization = self._kustomizations[folder]
        if depth > MAX_NESTING:
            raise UnreadableYaml(f"kustomizations refer to each other more than {MAX_NESTING} times")
        built: list[ManifestWorkload] = []
        for path in kustomization.resources:
            built += self._resource(path, depth)
        for path in kustomization.components:
            if path in self._kustomizations:
                built = self._transformed(self._kustomizations[path], built)
        self._count += len(built)
        if self._count > MAX_WORKLOADS:
            raise UnreadableYaml(f"the kustomizations build more than {MAX_WORKLOADS} workloads")
        return self._transformed(kustomization, built)

    def _resource(self, path: str, depth: int) -> list[ManifestWorkload]:
        if path in self._kustomizations:
            return self._built(path, depth + 1)
        if path.startswith("../") or path == "..":
            raise UnreadableYaml(f"{path} is outside of the folder")
        return self._manifests.get(path, [])

    def _transformed(self, kustomization: Kustomization, built: list[ManifestWorkload]) -> list[ManifestWorkload]:
        if kustomization.patches_images_inline:
            raise UnreadableYaml("it patches images inline, where they cannot be edited: move the patch to a file")
        for path in kustomization.patches:
            for patch in self._manifests.get(path, []):
                built = [apply_patch(patch, workload) for workload in built]
        return [kustomization.apply(workload) for workload in built]
