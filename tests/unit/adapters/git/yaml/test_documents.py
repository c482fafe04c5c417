"""Files are read within limits, and their values are found."""

from __future__ import annotations

import pytest

from watch_cluster.adapters.git.yaml.documents import MAX_BYTES, UnreadableYaml, YamlFile
from watch_cluster.adapters.git.yaml.nodes import DuplicateKey, Scalar, child, descend, items_of, strings_of, text_of


@pytest.mark.parametrize(
    ("source", "message"),
    [
        pytest.param(b"\xff\xfea\x00", "it is not UTF-8: byte 0", id="UTF-16"),
        pytest.param(b"image: {{ .Values.image }}:1\n", "line 1: ", id="a template"),
        pytest.param(b"a: b: c\n", "line 1: mapping values are not allowed", id="two colons"),
        pytest.param(b"\ta: b\n", "line 1: ", id="a tab as indentation"),
        pytest.param(b"a: *b\n", "the anchor b is not defined", id="an unknown alias"),
        pytest.param(b"a: \x01\n", "not allowed", id="a control character"),
        pytest.param(b"[" * 5000, "nests more than 100 levels", id="deep nesting"),
        pytest.param(b"x" * (MAX_BYTES + 1), "bytes, and 1048576 are read at most", id="a large file"),
        pytest.param(
            b"[" + b"1," * 300_000 + b"]", "more than 200000 values", id="many values", marks=pytest.mark.exhaustive
        ),
    ],
)
def test_unreadable_input_is_rejected_in_one_line(source: bytes, message: str) -> None:
    with pytest.raises(UnreadableYaml, match=message) as error:
        YamlFile.parse(source)
    assert "\n" not in str(error.value)


def test_aliases_cost_no_more_than_their_text() -> None:
    levels = "\n".join(f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 9)}]" for level in range(1, 30))
    file = YamlFile.parse(f"a0: &a0 x\n{levels}\n".encode())
    assert len(items_of(child(file.documents[0], "a29"))) == 9


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("a: {b: c}", "c", id="flow"),
        pytest.param("x: &x {b: c}\na: {<<: *x, d: e}", "c", id="merged"),
        pytest.param("x: &x {b: f}\na: {<<: *x, b: c}", "c", id="merged and overridden"),
        pytest.param("x: &x {b: c}\ny: &y {b: f}\na: {<<: [*x, *y]}", "c", id="the first of several merges"),
        pytest.param("a: {'<<': {b: c}}", None, id="a quoted key that looks like a merge"),
        pytest.param("a: [b]", None, id="a list"),
        pytest.param("a: b", None, id="a text"),
        pytest.param("b: c", None, id="nothing"),
    ],
)
def test_a_nested_value_is_found(text: str, expected: str | None) -> None:
    assert text_of(descend(YamlFile.parse(text.encode()).documents[0], "a", "b")) == expected


def test_a_duplicate_key_is_an_error() -> None:
    file = YamlFile.parse(b"a: {image: x, image: y}\n")
    with pytest.raises(DuplicateKey, match="the key image stands twice"):
        descend(file.documents[0], "a", "image")


def test_labels_are_read_as_texts() -> None:
    file = YamlFile.parse(b"x: &x {a: 1, b: 2}\nlabels: {<<: *x, b: true, c: {d: e}}\n")
    assert strings_of(child(file.documents[0], "labels")) == {"a": "1", "b": "true"}


@pytest.mark.parametrize(
    ("text", "comment"),
    [
        pytest.param("a: b # one # two\n", "one # two", id="plain"),
        pytest.param("a: 'b'\t # one\n", "one", id="quoted"),
        pytest.param("a: |- # one\n  b\n# two\n", "one", id="block"),
        pytest.param("a: b\n# one\n", "", id="on the next line"),
        pytest.param("{a: b, c: d} # one\n", "one", id="at the end of a flow mapping"),
    ],
)
def test_the_comment_of_a_value_is_on_its_line(text: str, comment: str) -> None:
    file = YamlFile.parse(text.encode())
    scalar = child(file.documents[0], "a")
    assert isinstance(scalar, Scalar)
    assert file.comment(scalar) == comment
