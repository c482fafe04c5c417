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
    roles: dict[str, dict[str, Position]] = {}
    for key, value in pairs_of(node):
        if not isinstance(value, Scalar) or not (comment := file.comment(value)):
            continue
        ours, flux = _OURS.fullmatch(comment), _FLUX.fullmatch(comment)
        position = Position(path, value)
        if ours is not None and ours["role"] == "image":
            yield MarkedImage(f"{where}.{key.value}".lstrip("."), ImagePlace.of_whole(position), ours=True)
        elif ours is not None:
            roles.setdefault("", {})[ours["role"]] = position
        elif flux is not None and flux["role"] is None:
            yield MarkedImage(flux["policy"].partition(":")[2], ImagePlace.of_whole(position), ours=False)
        elif flux is not None:
            roles.setdefault(flux["policy"], {})[flux["role"]] = position
    for policy, parts in roles.items():
        name = _name_beside(node) if "name" not in parts else parts["name"].scalar.value
        if name is not None and parts.keys() & {"tag", "digest"}:
            place = ImagePlace(name, tag=parts.get("tag"), digest=parts.get("digest"))
            yield MarkedImage(policy.partition(":")[2] or where or "values", place, ours=not policy)


def _name_beside(node: Mapping) -> str | None:
    name = next((text for key in _NAMES if (text := text_of(child(node, key)))), None)
    registry = text_of(child(node, "registry"))
    return f"{registry}/{name}" if name and registry else name
