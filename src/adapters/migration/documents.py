"""Reads where other tools are configured: manifests, Compose files, `kubectl get` and `docker inspect`."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import yaml

from watch_cluster.domain.images.reference import ImageReference, InvalidImageReference, Repository
from watch_cluster.domain.printable import printable

MAX_BYTES: Final = 16 * 2**20
"""How much is read in total."""
WORKLOAD_KINDS: Final = ("Deployment", "StatefulSet", "DaemonSet", "CronJob")
_MARKER: Final = re.compile(
    r"""image:[ ]*["']?(?P<image>[^\s"'#]+)["']?[ ]*\#[ ]*\{"\$(?:imagepolicy|imagescan)":[ ]*"(?P<name>[^"]+)"\}"""
)


class UnreadableDocument(ValueError):  # noqa: N818 - the name says what is wrong
    """The text is no YAML; one line."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """A workload of Kubernetes. `settings` are its annotations and labels, and those of its Pods."""

    kind: str
    namespace: str | None
    name: str
    settings: Mapping[str, str]
    images: Mapping[str, str]

    def __str__(self) -> str:
        return "/".join(part for part in (self.namespace, self.kind, self.name) if part)


@dataclass(frozen=True, slots=True)
class Service:
    """A service of Compose, or a container of a Docker Engine."""

    name: str
    labels: Mapping[str, str]
    environment: Mapping[str, str]
    image: str
    arguments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Documents:
    """All objects, and the images that comments of Flux and Fleet mark, by the name in the comment."""

    objects: tuple[Mapping[str, Any], ...] = ()
    markers: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @classmethod
    def parse(cls, text: str) -> Documents:
        """Read YAML or JSON. Raises `UnreadableDocument`."""
        try:
            loaded = list(yaml.load_all(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader)))
        except (yaml.YAMLError, ValueError, RecursionError) as error:
            line = getattr(getattr(error, "problem_mark", None), "line", None)
            where = "" if line is None else f" (line {line + 1})"
            raise UnreadableDocument(
                f"it is no YAML{where}; render templates first: helm template, kustomize build"
            ) from (None)
        markers: dict[str, frozenset[str]] = {}
        for match in _MARKER.finditer(text):
            name = match["name"]
            markers[name] = markers.get(name, frozenset()) | {match["image"]}
        return cls(tuple(_flattened(loaded)), markers)

    def __add__(self, other: Documents) -> Documents:
        names = self.markers.keys() | other.markers.keys()
        nothing: frozenset[str] = frozenset()
        markers = {name: self.markers.get(name, nothing) | other.markers.get(name, nothing) for name in names}
        return Documents(self.objects + other.objects, markers)

    def of_kind(self, *kinds: str) -> Iterator[Mapping[str, Any]]:
        """The objects of these kinds."""
        return (each for each in self.objects if each.get("kind") in kinds)

    def workloads(self) -> Iterator[Manifest]:
        """The workloads that Watch-Cluster can watch."""
        for each in self.of_kind(*WORKLOAD_KINDS):
            metadata = mapping(each.get("metadata"))
            if not metadata.get("name"):
                continue
            spec = mapping(each.get("spec"))
            if each["kind"] == "CronJob":
                spec = mapping(mapping(spec.get("jobTemplate")).get("spec"))
            template = mapping(spec.get("template"))
            pods = mapping(template.get("metadata"))
            namespace = metadata.get("namespace")
            yield Manifest(
                str(each["kind"]),
                None if namespace is None else str(namespace),
                str(metadata["name"]),
                texts(pods.get("annotations")) | texts(metadata.get("labels")) | texts(metadata.get("annotations")),
                {
                    str(container["name"]): str(container["image"])
                    for container in items(mapping(template.get("spec")).get("containers"))
                    if "name" in container and "image" in container
                },
            )

    def services(self) -> Iterator[Service]:
        """The services of Compose files, and the containers of `docker inspect`."""
        for each in self.objects:
            for name, service in mapping(each.get("services")).items():
                given = mapping(service)
                labels = {key: value.replace("$$", "$") for key, value in _pairs(given.get("labels")).items()}
                image, arguments = str(given.get("image", "")), _arguments(given.get("command"))
                yield Service(str(name), labels, _pairs(given.get("environment")), image, arguments)
            config = mapping(each.get("Config"))
            if config and "Name" in each:
                name = str(each["Name"]).removeprefix("/")
                labels, environment = texts(config.get("Labels")), _pairs(config.get("Env"))
                yield Service(name, labels, environment, str(config.get("Image", "")), _arguments(config.get("Cmd")))


def _flattened(loaded: Iterable[Any]) -> Iterator[Mapping[str, Any]]:
    """The objects of lists as well: `kubectl get` gives a List, `docker inspect` an array."""
    for each in loaded:
        if isinstance(each, list):
            yield from (item for item in each if isinstance(item, dict))
        elif isinstance(each, dict):
            if isinstance(each.get("items"), list) and str(each.get("kind", "")).endswith("List"):
                yield from (item for item in each["items"] if isinstance(item, dict))
            else:
                yield each


def mapping(value: object) -> Mapping[str, Any]:
    """The value if it is a mapping, else an empty one."""
    return value if isinstance(value, dict) else {}


def items(value: object) -> list[Mapping[str, Any]]:
    """The mappings of a list."""
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def texts(value: object) -> dict[str, str]:
    """The entries of a mapping as text that can be shown."""
    return {printable(str(key)): _text(given) for key, given in mapping(value).items()}


def _pairs(value: object) -> dict[str, str]:
    """What may be a mapping or a list of `KEY=VALUE`."""
    if isinstance(value, list):
        parts = (str(each).partition("=") for each in value)
        return {printable(key): printable(given) for key, _, given in parts}
    return texts(value)


def _arguments(value: object) -> tuple[str, ...]:
    """The words of a command that is a list or one line."""
    if isinstance(value, list):
        return tuple(_text(each) for each in value)
    line = _text(value)
    try:
        return tuple(shlex.split(line))
    except ValueError:
        return tuple(line.split())


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else printable(str(value))


def flat(value: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    """The leaves of nested mappings by their paths: `policy.semver.range`."""
    found: dict[str, str] = {}
    for key, given in value.items():
        path = f"{prefix}{key}"
        if isinstance(given, dict):
            found |= flat(given, f"{path}.")
        elif isinstance(given, list):
            found[printable(path)] = ",".join(_text(each) for each in given)
        else:
            found[printable(path)] = _text(given)
    return found


def repository_of(image: str) -> Repository | None:
    """The repository of an image, None if it is no image."""
    try:
        return ImageReference.parse(image).repository
    except InvalidImageReference:
        return None
