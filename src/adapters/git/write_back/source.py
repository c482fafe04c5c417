"""The manifests of one folder of a repository, and the places in them that hold a workload's images."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from watch_cluster.adapters.git.folder.planning import check_shared
from watch_cluster.adapters.git.manifests.kustomizations import FILE_NAMES, Kustomization
from watch_cluster.adapters.git.manifests.manifest_folder import MAX_NESTING, ManifestFolder
from watch_cluster.adapters.git.manifests.places import CannotWrite, ImagePlace, Position, PositionEdit, split_name
from watch_cluster.adapters.git.manifests.workload_documents import POD_SPECS, ManifestWorkload
from watch_cluster.adapters.git.write_back.remote import Entry, Remote
from watch_cluster.adapters.git.yaml.documents import UnreadableYaml, YamlFile
from watch_cluster.adapters.git.yaml.nodes import Scalar, descend
from watch_cluster.application.ports.orchestrator.proposer import ProposedChange
from watch_cluster.domain.workload.workload import ImageChange, WorkloadKey

_YAML: Final = (".yaml", ".yml")
_NAMED: Final = 5
"""How many places a message names."""


@dataclass(slots=True)
class Source:
    """What the repository has in a folder at one commit. Paths are those from the top of the repository."""

    root: str
    commit: str = ""
    blobs: dict[str, str] = field(default_factory=dict)
    manifests: ManifestFolder = field(default_factory=ManifestFolder)

    def load(self, remote: Remote, commit: str) -> None:
        """Read the files that are not the same as in the commit that was read before. Raises `GitError`."""
        if commit == self.commit:
            return
        entries = {path: entry for path, entry in remote.entries(commit).items() if _is_manifest(path)}
        paths = {path for path in entries if not self.root or path.startswith(f"{self.root}/")}
        known = self.manifests.without(path for path, blob in self.blobs.items() if not _same(entries.get(path), blob))
        for _ in range(MAX_NESTING):
            known = _read(remote, entries, paths, known)
            more = _paths_below(entries, _referenced(known) - paths) - paths
            if not more:
                break
            paths |= more
        self.manifests, self.commit = known, commit
        self.blobs = {path: entries[path].blob for path in paths}

    def places(self, change: ProposedChange) -> dict[str, ImagePlace]:
        """Return where the image of each container is. Raises `CannotWrite` with what is in question."""
        return {step.container: self._place(change, step) for step in change.images}

    def edits(self, change: ProposedChange, places: dict[str, ImagePlace]) -> tuple[PositionEdit, ...]:
        """Return what to write where the images are still the old ones. Raises `CannotWrite`."""
        edits: list[PositionEdit] = []
        for step in change.images:
            place = places[step.container]
            if place.image == step.before:
                edits += place.edits(step.after)
            elif place.image != step.after:
                raise CannotWrite(f"{place.positions[0]} has {place.image}, not {step.before}: is it applied yet?")
        workload = self._workload(change.workload)
        if workload is not None and edits:
            changed = {step.container for step in change.images}
            for other, containers in self.manifests.sharing(edits).items():
                check_shared(workload, changed, self.manifests.workloads[other], containers, tuple(edits))
        return tuple(edits)

    def _place(self, change: ProposedChange, step: ImageChange) -> ImagePlace:
        named = change.place.field_of(step.container)
        if named is not None:
            return self._named(named, step)
        workload = self._workload(change.workload)
        if workload is None:
            return self._marked(change.workload, step)
        if workload.key in self.manifests.duplicates:
            raise CannotWrite(f"{workload.key} is in {_list(self.manifests.duplicates[workload.key])}: keep one")
        for container in workload.containers:
            if container.name == step.container:
                return container.place
        raise CannotWrite(f"{workload.path} has no container {step.container} with an image")

    def _workload(self, key: WorkloadKey) -> ManifestWorkload | None:
        """The manifest of the workload, which may leave out the namespace."""
        found = self.manifests.workloads.get(key)
        if found is None:
            bare = self.manifests.workloads.get(key._replace(namespace="default"))
            found = bare if bare is not None and not bare.namespace else None
        return found

    def _marked(self, key: WorkloadKey, step: ImageChange) -> ImagePlace:
        """The one marked value with either image of the step."""
        others = (each for each in self.manifests.workloads.values() if each.kind not in POD_SPECS)
        found = [
            container.place
            for other in others
            for container in other.containers
            if container.place.image in {step.before, step.after}
        ]
        if len(found) == 1:
            return found[0]
        where = self.root or "the repository"
        if found:
            raise CannotWrite(f"{step.before} is in {_list(str(place.positions[0]) for place in found)}")
        unread = f" ({'; '.join(self.manifests.unreadable[:1])})" if self.manifests.unreadable else ""
        raise CannotWrite(f"{where} has no manifest of {key}, and no marked value with {step.before}{unread}")

    def _named(self, field_name: str, step: ImageChange) -> ImagePlace:
        """The value that the owner has named, which holds a whole image or its tag."""
        name, _, keys = field_name.partition(":")
        path = posixpath.normpath(posixpath.join(self.root, name))
        file = self.manifests.files.get(path)
        documents = () if file is None else file.documents
        values = [found for document in documents if isinstance(found := descend(document, *keys.split(".")), Scalar)]
        if len(values) != 1:
            raise CannotWrite(f"{path} has {len(values)} values {keys}, not one")
        position, (repository, _) = Position(path, values[0]), split_name(step.before)
        whole = values[0].value.startswith(repository)
        return ImagePlace.of_whole(position) if whole else ImagePlace(repository, tag=position)


def _read(remote: Remote, entries: dict[str, Entry], paths: set[str], known: ManifestFolder) -> ManifestFolder:
    """Read the files that are not known."""
    contents = remote.read(entries[path] for path in paths if path not in known.files)
    return ManifestFolder.read(paths, lambda path: contents.get(entries[path].blob, b""), known.without(()))


def _is_manifest(path: str) -> bool:
    hidden = any(part.startswith(".") for part in path.split("/"))
    return not hidden and (path.endswith(_YAML) or posixpath.basename(path) in FILE_NAMES)


def _same(entry: Entry | None, blob: str) -> bool:
    return entry is not None and entry.blob == blob


def _referenced(manifests: ManifestFolder) -> set[str]:
    """The files and folders that kustomizations refer to."""
    found: set[str] = set()
    for path, file in manifests.files.items():
        if posixpath.basename(path) in FILE_NAMES:
            found |= _references(path, file)
    return found


def _references(path: str, file: YamlFile) -> set[str]:
    kustomization = Kustomization.of(path, file)
    try:
        return {*kustomization.resources, *kustomization.components, *kustomization.patches}
    except UnreadableYaml:
        return set()


def _paths_below(paths: Iterable[str], folders: set[str]) -> set[str]:
    return {path for path in paths if any(_below(path, each) for each in folders)}


def _below(path: str, folder: str) -> bool:
    return path == folder or path.startswith(f"{folder}/")


def _list(places: Iterable[str]) -> str:
    return ", ".join(sorted(places)[:_NAMED])
