"""Parses the YAML documents of a file, within limits: everybody who may push to a repository writes them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from watch_cluster.adapters.git.yaml.nodes import Mapping, Node, Scalar, Sequence

MAX_BYTES: Final = 2**20
"""How large a file may be."""
MAX_EVENTS: Final = 200_000
"""How many values, keys and brackets a file may have."""
MAX_DEPTH: Final = 100
"""How deep values may be nested."""
_BOM: Final = "\ufeff"


class UnreadableYaml(ValueError):  # noqa: N818 - the name says what is wrong
    """The bytes are no YAML that can be edited; one line."""


Shape = tuple[str, str | None, str | None]
"""One event without its position: its type with the anchor, its tag, its value."""


@dataclass(frozen=True, slots=True)
class YamlFile:
    """A file as text without its byte order mark, its documents, and all its events without their positions."""

    text: str
    documents: tuple[Node | None, ...]
    shapes: tuple[Shape, ...] = field(repr=False)
    bom: str = ""

    @property
    def source(self) -> bytes:
        """The bytes of the file."""
        return (self.bom + self.text).encode()

    @classmethod
    def parse(cls, source: bytes) -> YamlFile:
        """Parse a file. Raises `UnreadableYaml`."""
        if len(source) > MAX_BYTES:
            raise UnreadableYaml(f"it has {len(source)} bytes, and {MAX_BYTES} are read at most")
        try:
            text = source.decode()
        except UnicodeDecodeError as error:
            raise UnreadableYaml(f"it is not UTF-8: byte {error.start}") from None
        bom = _BOM if text.startswith(_BOM) else ""
        text = text[len(bom) :]
        builder = _Builder()
        builder.read(text)
        return cls(text, tuple(builder.documents), tuple(builder.shapes), bom)

    def comment(self, scalar: Scalar) -> str:
        """The comment on the line where the value ends, or where its block begins; empty without one."""
        rest = self._rest(scalar)
        _, mark, comment = f" {rest}".partition(" #")
        return comment.strip() if mark else ""

    def _rest(self, scalar: Scalar) -> str:
        if scalar.style in {"|", ">"}:
            return self.text[scalar.start : scalar.end].partition("\n")[0].strip()
        end = self.text.find("\n", scalar.end)
        return self.text[scalar.end : end if end >= 0 else len(self.text)].strip()


class _Builder:
    """Builds the documents from the parser's events, so that no nesting and no alias costs more than its text."""

    def __init__(self) -> None:
        self.documents: list[Node | None] = []
        self.shapes: list[Shape] = []
        self._anchors: dict[str, Node] = {}
        self._open: list[tuple[Mapping | Sequence, list[Node]]] = []

    def read(self, text: str) -> None:
        import yaml

        # Go's YAML, which kubectl, kustomize and Flux read manifests with, is a port of libyaml.
        loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        try:
            for event in yaml.parse(text, loader):
                self._take(event)
        except (yaml.YAMLError, RecursionError) as error:
            raise UnreadableYaml(_one_line(error)) from None

    def _take(self, event: Any) -> None:
        kind = type(event).__name__
        anchor = getattr(event, "anchor", None)
        self.shapes.append((f"{kind} {anchor or ''}", getattr(event, "tag", None), getattr(event, "value", None)))
        if len(self.shapes) > MAX_EVENTS or len(self._open) > MAX_DEPTH:
            raise UnreadableYaml(f"it has more than {MAX_EVENTS} values, or nests more than {MAX_DEPTH} levels")
        if kind == "DocumentStartEvent":
            self._anchors = {}
            self.documents.append(None)
        elif kind == "AliasEvent":
            self._alias(anchor or "")
        elif kind in {"MappingEndEvent", "SequenceEndEvent"}:
            self._close()
        elif kind in {"ScalarEvent", "MappingStartEvent", "SequenceStartEvent"}:
            self._begin(event, kind, anchor)

    def _begin(self, event: Any, kind: str, anchor: str | None) -> None:
        node: Node
        if kind == "ScalarEvent":
            start, end = event.start_mark, event.end_mark
            style = event.style or ""
            number = len(self.shapes) - 1
            node = Scalar(event.value, start.index, end.index, end.line, number, "" if style == ":" else style)
        else:
            node = Mapping() if kind == "MappingStartEvent" else Sequence()
        if anchor is not None:
            self._anchors[anchor] = node
        if isinstance(node, Scalar):
            self._add(node)
        else:
            self._open.append((node, []))

    def _alias(self, anchor: str) -> None:
        if anchor not in self._anchors:
            raise UnreadableYaml(f"the anchor {anchor} is not defined")
        self._add(self._anchors[anchor])

    def _close(self) -> None:
        node, values = self._open.pop()
        if isinstance(node, Sequence):
            node.items.extend(values)
        else:
            node.pairs.extend(zip(values[::2], values[1::2], strict=True))
        self._add(node)

    def _add(self, node: Node) -> None:
        if self._open:
            self._open[-1][1].append(node)
        else:
            self.documents[-1] = node


def _one_line(error: Exception) -> str:
    """`line 3: mapping values are not allowed in this context`, without what the parser adds."""
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or getattr(error, "reason", None) or "it cannot be parsed"
    return str(problem) if mark is None else f"line {mark.line + 1}: {problem}"
