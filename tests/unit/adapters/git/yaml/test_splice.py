"""A value of a file is replaced in place; everything else stays byte for byte."""

from __future__ import annotations

import re
from io import StringIO
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from tests.unit.adapters.git.yaml.corpus import IMAGES, TAGS
from watch_cluster.adapters.git.yaml.documents import YamlFile
from watch_cluster.adapters.git.yaml.nodes import Mapping, Node, Scalar, Sequence
from watch_cluster.adapters.git.yaml.splice import CannotSplice, Edit, splice

NEW = "registry.example/team/app:1.1"


def scalars(node: Node | None) -> list[Scalar]:
    """All single values in the order of the text, also keys, each once."""
    found: dict[int, Scalar] = {}
    waiting = [node]
    while waiting:
        each = waiting.pop()
        if isinstance(each, Scalar):
            found[each.number] = each
        elif isinstance(each, Sequence):
            waiting.extend(each.items)
        elif isinstance(each, Mapping):
            waiting.extend(part for pair in each.pairs for part in pair)
    return [found[number] for number in sorted(found)]


def marked(text: str) -> tuple[YamlFile, Scalar]:
    """Parse a file, and return the value that stands between the marks."""
    place = text.removeprefix("\ufeff").index("«")
    file = YamlFile.parse(re.sub("[«»]", "", text).encode())
    candidates = [each for document in file.documents for each in scalars(document)]
    return file, next(each for each in reversed(candidates) if each.start <= place <= each.end)


@pytest.mark.parametrize("text", IMAGES.values(), ids=IMAGES.keys())
def test_exactly_the_image_is_replaced(text: str) -> None:
    file, scalar = marked(text)
    expected = re.sub("«.*»", NEW, text, flags=re.DOTALL)
    assert splice(file, [Edit(scalar, NEW)]).decode() == expected


@pytest.mark.parametrize(("text", "new", "expected"), TAGS.values(), ids=TAGS.keys())
def test_a_tag_stays_a_text(text: str, new: str, expected: str) -> None:
    file, scalar = marked(text)
    assert splice(file, [Edit(scalar, new)]).decode() == expected


READ_OTHERWISE_BY_RUAMEL = {
    "a comment after tabs",
    "a directive",
    "a tag of somebody's own",
    "keys that stand twice elsewhere",
    "old line ends",
}


@pytest.mark.parametrize("name", sorted(IMAGES.keys() - READ_OTHERWISE_BY_RUAMEL))
def test_another_parser_sees_the_same_difference(name: str) -> None:
    file, scalar = marked(IMAGES[name])
    before, after = file.text, splice(file, [Edit(scalar, NEW)]).decode().removeprefix("\ufeff")
    assert replaced(loaded(before), scalar.value.strip(), NEW) == replaced(loaded(after), scalar.value.strip(), NEW)
    assert loaded(before) != loaded(after)


def loaded(text: str) -> list[Any]:
    return list(YAML(typ="safe", pure=True).load_all(StringIO(text)))


def replaced(value: Any, old: str, new: str) -> Any:
    if isinstance(value, dict):
        return {key: replaced(each, old, new) for key, each in value.items()}
    if isinstance(value, list):
        return [replaced(each, old, new) for each in value]
    is_old = isinstance(value, str) and value.strip() == old
    return new if is_old or (isinstance(value, str) and value.strip() == new) else value


def test_several_values_are_replaced_at_once() -> None:
    file = YamlFile.parse(b"a: app:1.0 # one\nb: [x, 'web:1.0']\n")
    by_value = {each.value: each for each in scalars(file.documents[0])}
    edits = [Edit(by_value["app:1.0"], "app:1.1"), Edit(by_value["web:1.0"], "web:2")]
    assert splice(file, edits) == b"a: app:1.1 # one\nb: [x, 'web:2']\n"


def test_a_value_that_would_change_the_meaning_of_the_file_is_refused() -> None:
    file, scalar = marked("image: '«app:1.0»'\n")
    with pytest.raises(CannotSplice, match="differ in more than this value"):
        splice(file, [Edit(scalar, "x' # '")])


def test_a_value_that_would_break_the_file_is_refused() -> None:
    file, scalar = marked("image: '«app:1.0»'\n")
    with pytest.raises(CannotSplice, match="could not be read any more"):
        splice(file, [Edit(scalar, "x'y")])


def test_a_value_over_several_lines_is_refused() -> None:
    file, scalar = marked("image: «app\n  one»\n")
    with pytest.raises(CannotSplice, match="several lines"):
        splice(file, [Edit(scalar, "app:1.1")])


TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=12)
TAG = st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,30}", fullmatch=True)
STYLES = ["{}", "'{}'", '"{}"', "|-\n  {}", ">-\n  {}", "&a {}", "!!str {}", "{} # {}", "{}\r"]


@given(TAG, TAG, st.sampled_from(STYLES), TEXTS, TEXTS)
@example("1.9", "1.10", "{}", "", "")
@example("a", "null", "{}", "", "")
@example("a-", "-a"[1:] + "_", "&a {}", "😀", "")
def test_any_tag_can_be_replaced_by_any_other_in_the_text(
    old: str, new: str, style: str, before: str, after: str
) -> None:
    text = f"# {before}\ntag: {style.format(old, old)}\n# {after}\n"
    file = YamlFile.parse(text.encode())
    [_, scalar] = scalars(file.documents[0])
    source = splice(file, [Edit(scalar, new)]).decode()
    start, end = text[: scalar.start], text[scalar.end :]
    assert source.startswith(start)
    assert source.endswith(end)
    assert loaded(source)[0]["tag"].strip() == new


@given(TAG, TAG, st.sampled_from(STYLES))
def test_undoing_an_edit_restores_every_byte_of_a_quoted_value(old: str, new: str, style: str) -> None:
    style = style if style not in {"{}", "&a {}", "!!str {}", "{} # {}", "{}\r"} else "'{}'"
    text = f"tag: {style.format(old)}\nb: c\n"
    file = YamlFile.parse(text.encode())
    there = YamlFile.parse(splice(file, [Edit(scalars(file.documents[0])[1], new)]))
    back = splice(there, [Edit(scalars(there.documents[0])[1], old)])
    assert back.decode() == text
