"""Replaces single values of a YAML file in place: every other byte stays as it is."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from watch_cluster.adapters.git.yaml.documents import Shape, UnreadableYaml, YamlFile
from watch_cluster.adapters.git.yaml.nodes import Scalar

_PROPERTIES: Final = re.compile(r"(?:[&!]\S*\s+)*")
"""The anchor and tag in front of a value (YAML 1.1, 6.9)."""
_NUMBER: Final = re.compile(
    r"[-+]?0[xX][0-9a-fA-F_]+"
    r"|[-+]?(?:0[bBoO])?[0-9_]+(?:\.[0-9_]*)?(?:[eE][-+]?[0-9]+)?"
    r"|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?"
    r"|[-+]?\.(?:inf|Inf|INF|[0-9_]+)|\.(?:nan|NaN|NAN)"
    r"|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}.*",
    re.ASCII,
)
"""What a reader of YAML 1.1 or 1.2 may take for a number or a date, and some more."""
_WORDS: Final = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null", "~", ""})
_PLAIN: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_./:@+-]*(?<!:)", re.ASCII)


class CannotSplice(ValueError):  # noqa: N818 - the name says what is wrong
    """The value cannot be replaced without changing anything else; one line."""


@dataclass(frozen=True, slots=True)
class Edit:
    """A value of the file, and the text that it becomes."""

    scalar: Scalar
    value: str


def splice(file: YamlFile, edits: Iterable[Edit]) -> bytes:
    """Return the file with these values replaced. A value keeps its quotes, anchor, tag and comment.

    The result is parsed again and differs from the file in exactly these values. Raises `CannotSplice`.
    """
    by_number = {edit.scalar.number: edit for edit in edits}
    text = file.text
    for edit in sorted(by_number.values(), key=lambda edit: edit.scalar.start, reverse=True):
        scalar = edit.scalar
        written = _written(text, edit)
        text = text[: scalar.start] + written + text[scalar.end :]
    source = (file.bom + text).encode()
    try:
        after = YamlFile.parse(source)
    except UnreadableYaml as error:
        raise CannotSplice(f"the edited file could not be read any more: {error}") from None
    if after.shapes != tuple(_expected(shape, by_number.get(number)) for number, shape in enumerate(file.shapes)):
        raise CannotSplice("the edited file would differ in more than this value")
    return source


def _expected(shape: Shape, edit: Edit | None) -> Shape:
    return shape if edit is None else (shape[0], shape[1], edit.value + _line_end(edit.scalar))


def _line_end(scalar: Scalar) -> str:
    """The line ends that belong to the value of a block."""
    return scalar.value[len(scalar.value.rstrip("\n")) :] if scalar.style in {"|", ">"} else ""


def _written(text: str, edit: Edit) -> str:
    """The new value in the style of the old one."""
    scalar, new = edit.scalar, edit.value
    raw = text[scalar.start : scalar.end]
    if scalar.style == '"' and "\\" in raw:
        opening = raw.index('"', _properties(raw))
        return f'{raw[: opening + 1]}{new}"'
    old = scalar.value.removesuffix(_line_end(scalar))
    place = raw.rfind(old) if old else len(raw)
    if place < 0:
        raise CannotSplice("the value is written over several lines")
    if scalar.style:
        place = place if old else raw.rindex(scalar.style)
        return raw[:place] + new + raw[place + len(old) :]
    written = new if _may_be_plain(new) else f'"{new}"'
    gap = "" if old or (raw or text[: scalar.start]).endswith((" ", "\t")) else " "
    return raw[:place] + gap + written + raw[place + len(old) :]


def _properties(raw: str) -> int:
    match = _PROPERTIES.match(raw)
    return 0 if match is None else match.end()


def _may_be_plain(value: str) -> bool:
    """Whether every reader takes the value for a text although it has no quotes."""
    is_text = value.lower() not in _WORDS and _NUMBER.fullmatch(value) is None
    return is_text and _PLAIN.fullmatch(value) is not None
