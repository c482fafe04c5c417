"""Reads workloads from the documents of a manifest."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Final

from watch_cluster.adapters.git.manifests.marks import marked_images
from watch_cluster.adapters.git.manifests.places import ImagePlace, Position
from watch_cluster.adapters.git.yaml.documents import YamlFile
from watch_cluster.adapters.git.yaml.nodes import Node, Scalar, child, descend, items_of, strings_of, text_of
from watch_cluster.domain.workload import annotation
from watch_cluster.domain.workload.workload import WorkloadKey

POD_SPECS: Final = {
    "Deployment": ("spec", "template", "spec"),
    "StatefulSet": ("spec", "template", "spec"),
    "DaemonSet": ("spec", "template", "spec"),
    "CronJob": ("spec", "jobTemplate", "spec", "template", "spec"),
}
"""Where the kinds of workloads have their Pod specification."""
VALUES: Final = "Values"
"""The kind of a file of values that is no manifest; its name is its path."""
_SETTING: Final = re.compile(
    rf"^\s*#\s*(?P<key>(?:[\w.-]+\.)?{re.escape(annotation.DOMAIN)}/[\w-]+):\s*(?P<value>.+?)\s*$", re.MULTILINE
)


@dataclass(frozen=True, slots=True)
class ManifestContainer:
    """A container with the place of its image; for other kinds than workloads, an image in marked values."""

    name: str
    place: ImagePlace
    always_pulled: bool = False
    init: bool = False
    sidecar: bool = False


@dataclass(frozen=True, slots=True)
class ManifestWorkload:
    """A workload as it is in files. `path` is the file of its manifest, `annotations` are those of ours.

    `namespace` is empty where the manifest has none.
    """

    path: str
    kind: str
    namespace: str
    name: str
    containers: tuple[ManifestContainer, ...]
    annotations: dict[str, str] = field(default_factory=dict)

    @property
    def key(self) -> WorkloadKey:
        """The key, in the namespace `default` where the manifest has none."""
        return WorkloadKey(self.namespace or "default", self.kind, self.name)

    def with_container(self, container: ManifestContainer) -> ManifestWorkload:
        """The workload with this container in place of the one with its name."""
        names = [each.name for each in self.containers]
        if container.name not in names:
            return replace(self, containers=(*self.containers, container))
        kept = tuple(container if each.name == container.name else each for each in self.containers)
        return replace(self, containers=kept)


def read_workloads(path: str, file: YamlFile) -> list[ManifestWorkload]:
    """Return the workloads of a file. Raises `DuplicateKey`."""
    found = []
    for document in file.documents:
        items = items_of(child(document, "items")) if text_of(child(document, "kind")) == "List" else [document]
        for item in items:
            workload = _read(path, file, item)
            if workload is not None:
                found.append(workload)
    return found


def read_namespaces(file: YamlFile) -> dict[str, dict[str, str]]:
    """Return the annotations of ours on the Namespaces of a file. Raises `DuplicateKey`."""
    found = {}
    for document in file.documents:
        name = text_of(descend(document, "metadata", "name"))
        if name is not None and text_of(child(document, "kind")) == "Namespace":
            written = strings_of(descend(document, "metadata", "annotations"))
            found[name] = {key: value for key, value in written.items() if annotation.is_watch_cluster_key(key)}
    return found


def read_values(path: str, file: YamlFile) -> ManifestWorkload | None:
    """Return a file of marked values as a workload; None for a file without marks, or with manifests.

    Its settings are comments, such as `# watch-cluster.io/strategy: latest`. Raises `DuplicateKey`.
    """
    if len(file.documents) != 1 or text_of(child(file.documents[0], "kind")) is not None:
        return None
    images = marked_images(path, file, file.documents[0])
    if not images:
        return None
    opted_in = {annotation.ENABLED: "true"} if any(image.ours for image in images) else {}
    written = {match["key"]: match["value"].strip("\"'") for match in _SETTING.finditer(file.text)}
    containers = tuple(ManifestContainer(image.name, image.place) for image in images)
    return ManifestWorkload(path, VALUES, "", path, containers, opted_in | written)


def _read(path: str, file: YamlFile, document: Node | None) -> ManifestWorkload | None:
    kind, name = text_of(child(document, "kind")), text_of(descend(document, "metadata", "name"))
    if kind is None or name is None:
        return None
    written = strings_of(descend(document, "metadata", "annotations"))
    annotations = {key: value for key, value in written.items() if annotation.is_watch_cluster_key(key)}
    if kind in POD_SPECS:
        containers = _containers(path, descend(document, *POD_SPECS[kind]))
    elif annotations:
        marked = marked_images(path, file, document)
        containers = tuple(ManifestContainer(image.name, image.place) for image in marked)
    else:
        return None
    namespace = text_of(descend(document, "metadata", "namespace")) or ""
    return ManifestWorkload(path, kind, namespace, name, containers, annotations)


def _containers(path: str, spec: Node | None) -> tuple[ManifestContainer, ...]:
    found = []
    for key, init in (("initContainers", True), ("containers", False)):
        for item in items_of(child(spec, key)):
            name, image = text_of(child(item, "name")), child(item, "image")
            if name is None or not isinstance(image, Scalar):
                continue
            place = ImagePlace.of_whole(Position(path, image))
            sidecar = init and text_of(child(item, "restartPolicy")) == "Always"
            always = text_of(child(item, "imagePullPolicy")) == "Always"
            found.append(ManifestContainer(name, place, always, init and not sidecar, sidecar))
    return tuple(found)
