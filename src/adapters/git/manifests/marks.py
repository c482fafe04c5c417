"""Finds images in values that a comment marks: ours (`# watch-cluster: tag`), or Flux's (`# {"$imagepolicy": …}`).

Flux's marks: https://fluxcd.io/flux/guides/image-update/#configure-image-update-for-custom-resources
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from watch_cluster.adapters.git.manifests.places import ImagePlace, Position
from watch_cluster.adapters.git.yaml.documents import YamlFile
from watch_cluster.adapters.git.yaml.nodes import Mapping, Node, Scalar, child, pairs_of, text_of

_OURS: Final = re.compile(r"watch-cluster:\s*(?P<role>image|tag|digest)\s*")
_FLUX: Final = re.compile(
    r'\{\s*"\$imagepolicy"\s*:\s*"(?P<policy>[\w.-]+:[\w.-]+)(?::(?P<role>name|tag|digest))?"\s*\}', re.ASCII
)
_NAMES: Final = ("repository", "image", "name")
"""The keys beside a tag that name its image, as charts have them."""


@dataclass(frozen=True, slots=True)
class MarkedImage:
    """An image in marked values. `name` stands for its container: the path of its mapping, or Flux's policy."""

    name: str
    place: ImagePlace
    ours: bool


@dataclass(frozen=True, slots=True)
class _Mark:
    """A mark: `policy` is Flux's, empty for ours; `role` is the part of the image, None for the whole reference."""

    policy: str
    role: str | None


def marked_images(path: str, file: YamlFile, document: Node | None) -> tuple[MarkedImage, ...]:
    """Return the marked images of a document, in the order of the text. Raises `DuplicateKey`."""
    found: dict[str, MarkedImage] = {}
    seen: set[int] = set()
    waiting: list[tuple[str, Node | None]] = [("", document)]
    while waiting:
        where, node = waiting.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, Mapping):
            for image in _images_in(path, file, where, node):
                found.setdefault(image.name, image)
        waiting.extend(_below(where, node))
    return tuple(sorted(found.values(), key=lambda image: image.place.positions[0].scalar.start))


def _below(where: str, node: Node | None) -> Iterator[tuple[str, Node]]:
    if isinstance(node, Mapping):
        for key, value in pairs_of(node):
            yield f"{where}.{key.value}".lstrip("."), value
    elif node is not None and not isinstance(node, Scalar):
        for number, value in enumerate(node.items):
            yield f"{where}.{number}".lstrip("."), value


def _images_in(path: str, file: YamlFile, where: str, node: Mapping) -> Iterator[MarkedImage]:
    """Yield the images whose marks are in the mapping: whole references, and references in several values."""
    parts: dict[str, dict[str, Position]] = {}
    for key, value in pairs_of(node):
        mark = _mark_of(file.comment(value)) if isinstance(value, Scalar) else None
        if mark is None or not isinstance(value, Scalar):
            continue
        position = Position(path, value)
        if mark.role is None:
            name = _policy_name(mark.policy) or f"{where}.{key.value}".lstrip(".")
            yield MarkedImage(name, ImagePlace.of_whole(position), ours=not mark.policy)
        else:
            parts.setdefault(mark.policy, {})[mark.role] = position
    for policy, positions in parts.items():
        repository = positions["name"].scalar.value if "name" in positions else _name_beside(node)
        if repository is not None and positions.keys() & {"tag", "digest"}:
            place = ImagePlace(repository, tag=positions.get("tag"), digest=positions.get("digest"))
            yield MarkedImage(_policy_name(policy) or where or "values", place, ours=not policy)


def _mark_of(comment: str | None) -> _Mark | None:
    if not comment:
        return None
    ours = _OURS.fullmatch(comment)
    if ours is not None:
        return _Mark("", None if ours["role"] == "image" else ours["role"])
    flux = _FLUX.fullmatch(comment)
    return None if flux is None else _Mark(flux["policy"], flux["role"])


def _policy_name(policy: str) -> str:
    """Return the name of a Flux policy without its namespace."""
    return policy.partition(":")[2]


def _name_beside(node: Mapping) -> str | None:
    name = next((text for key in _NAMES if (text := text_of(child(node, key)))), None)
    registry = text_of(child(node, "registry"))
    return f"{registry}/{name}" if name and registry else name
