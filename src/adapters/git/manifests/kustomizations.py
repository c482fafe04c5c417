"""Applies kustomizations to workloads, as far as they change names, settings and images.

The order is that of kustomize: resources, components, patches, namespace, names, annotations, images.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from watch_cluster.adapters.git.manifests.places import ImagePlace, Position
from watch_cluster.adapters.git.manifests.workload_documents import ManifestWorkload
from watch_cluster.adapters.git.yaml.documents import YamlFile
from watch_cluster.adapters.git.yaml.nodes import Node, Scalar, child, items_of, strings_of, text_of
from watch_cluster.domain.workload import annotation

FILE_NAMES: Final = ("kustomization.yaml", "kustomization.yml", "Kustomization")
"""What kustomize calls its files (kustomize/api/konfig)."""


@dataclass(frozen=True, slots=True)
class Kustomization:
    """A kustomization. `folder` is where it lies; its paths are relative to the folder that is read."""

    path: str
    document: Node | None

    @classmethod
    def of(cls, path: str, file: YamlFile) -> Kustomization:
        """The kustomization in a file."""
        return cls(path, file.documents[0] if file.documents else None)

    @property
    def folder(self) -> str:
        """The folder of the file."""
        return posixpath.dirname(self.path)

    @property
    def resources(self) -> tuple[str, ...]:
        """Files and folders with manifests."""
        return (*self._paths("resources"), *self._paths("bases"))

    @property
    def components(self) -> tuple[str, ...]:
        """Folders with kustomizations that change what this one has."""
        return self._paths("components")

    @property
    def patches(self) -> tuple[str, ...]:
        """Files with parts of manifests."""
        listed = (child(item, "path") for item in items_of(child(self.document, "patches")))
        found = tuple(self._path(text) for each in listed if (text := text_of(each)) is not None)
        return (*found, *self._paths("patchesStrategicMerge"))

    @property
    def patches_images_inline(self) -> bool:
        """Whether it holds patches of images in itself, in which nothing can be edited."""
        inline = [text_of(child(item, "patch")) for item in items_of(child(self.document, "patches"))]
        inline += [text_of(item) for item in items_of(child(self.document, "patchesStrategicMerge"))]
        return any(text is not None and "\n" in text and "image" in text for text in inline)

    def apply(self, workload: ManifestWorkload) -> ManifestWorkload:
        """The workload with the namespace, names, annotations and images of the kustomization."""
        prefix, suffix = (text_of(child(self.document, key)) or "" for key in ("namePrefix", "nameSuffix"))
        common = strings_of(child(self.document, "commonAnnotations"))
        ours = {key: value for key, value in common.items() if annotation.is_watch_cluster_key(key)}
        changed = replace(
            workload,
            namespace=text_of(child(self.document, "namespace")) or workload.namespace,
            name=f"{prefix}{workload.name}{suffix}",
            annotations=workload.annotations | ours,
        )
        for entry in items_of(child(self.document, "images")):
            containers = tuple(
                replace(container, place=self._with_image(container.place, entry)) for container in changed.containers
            )
            changed = replace(changed, containers=containers)
        return changed

    def _with_image(self, place: ImagePlace, entry: Node) -> ImagePlace:
        if text_of(child(entry, "name")) != place.name:
            return place
        name = text_of(child(entry, "newName")) or place.name
        tag, digest = (self._position(child(entry, key)) for key in ("newTag", "digest"))
        if tag is None and digest is None:
            return place.renamed(name)
        return ImagePlace(name, tag=tag, digest=digest)

    def _position(self, node: Node | None) -> Position | None:
        return Position(self.path, node) if isinstance(node, Scalar) else None

    def _paths(self, key: str) -> tuple[str, ...]:
        texts = [text_of(item) for item in items_of(child(self.document, key))]
        return tuple(self._path(text) for text in texts if text is not None and "\n" not in text)

    def _path(self, text: str) -> str:
        return posixpath.normpath(posixpath.join(self.folder, text))


def apply_patch(patch: ManifestWorkload, workload: ManifestWorkload) -> ManifestWorkload:
    """The workload with what a part of a manifest says about its annotations and images."""
    if (patch.kind, patch.name) != (workload.kind, workload.name):
        return workload
    changed = replace(workload, annotations=workload.annotations | patch.annotations)
    for container in patch.containers:
        changed = changed.with_container(container)
    return changed


def referenced(kustomizations: dict[str, Kustomization]) -> Iterator[str]:
    """Yield the files and folders that some kustomization refers to."""
    for kustomization in kustomizations.values():
        yield from (*kustomization.resources, *kustomization.components, *kustomization.patches)
