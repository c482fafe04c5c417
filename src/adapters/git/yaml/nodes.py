"""The values of a YAML document, each with its place in the text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

_MERGE: Final = "<<"


class DuplicateKey(ValueError):  # noqa: N818 - the name says what is wrong
    """A mapping has a key twice, so that it is ambiguous which value counts."""


@dataclass(eq=False, slots=True)
class Scalar:
    """A single value. `start` and `end` are its position in the text, with its anchor, tag and quotes.

    `number` counts the events of the file (YAML 1.1, 3.1). `style` is `'`, `"`, `|`, `>`, or empty for a plain value.
    """

    value: str
    start: int
    end: int
    line: int
    number: int
    style: str = ""


@dataclass(eq=False, slots=True)
class Sequence:
    """A list of values."""

    items: list[Node] = field(default_factory=list)


@dataclass(eq=False, slots=True)
class Mapping:
    """Pairs of keys and values, in the order of the text."""

    pairs: list[tuple[Node, Node]] = field(default_factory=list)


Node = Scalar | Sequence | Mapping
"""A value. An alias is the very object that its anchor names."""


def child(node: Node | None, key: str) -> Node | None:
    """Return the value of the key, also one that is merged from an anchor; None if there is none.

    Raises `DuplicateKey`.
    """
    if not isinstance(node, Mapping):
        return None
    found = [value for name, value in node.pairs if isinstance(name, Scalar) and name.value == key]
    if len(found) > 1:
        raise DuplicateKey(f"the key {key} stands twice in one mapping")
    return found[0] if found else _merged(node, key)


def descend(node: Node | None, *keys: str) -> Node | None:
    """Return the value below nested mappings. Raises `DuplicateKey`."""
    for key in keys:
        node = child(node, key)
    return node


def text_of(node: Node | None) -> str | None:
    """Return the text of a single value, None for anything else."""
    return node.value if isinstance(node, Scalar) else None


def items_of(node: Node | None) -> list[Node]:
    """Return the values of a list, none for anything else."""
    return node.items if isinstance(node, Sequence) else []


def pairs_of(node: Node | None) -> Iterator[tuple[Scalar, Node]]:
    """Yield the pairs of a mapping whose keys are single values."""
    if isinstance(node, Mapping):
        for key, value in node.pairs:
            if isinstance(key, Scalar):
                yield key, value


def strings_of(node: Node | None) -> dict[str, str]:
    """Return the pairs of a mapping whose values are single values, such as labels. Merged ones come first."""
    if not isinstance(node, Mapping):
        return {}
    merged: dict[str, str] = {}
    for source in _sources(node):
        for key, value in pairs_of(source):
            if isinstance(value, Scalar):
                merged.setdefault(key.value, value.value)
    own = {key.value: value.value for key, value in pairs_of(node) if isinstance(value, Scalar) and key.value != _MERGE}
    return merged | own


def _merged(node: Mapping, key: str) -> Node | None:
    """Return the value from the first merged mapping that has the key (yaml.org/type/merge.html), one level deep."""
    for source in _sources(node):
        for name, value in pairs_of(source):
            if name.value == key:
                return value
    return None


def _sources(node: Mapping) -> list[Node]:
    merges = [value for name, value in pairs_of(node) if name.value == _MERGE and not name.style]
    return [source for value in merges for source in (items_of(value) or [value])]
