"""Untrusted text, made safe to show."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watch_cluster.domain.printable import printable


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("1.25.3-alpine", "1.25.3-alpine", id="a tag"),
        pytest.param("버전 1.0 é", "버전 1.0 é", id="letters of any script"),
        pytest.param("a\x1b[31mb", "a [31mb", id="a color"),
        pytest.param("a\r\nb\u2028c", "a  b c", id="line breaks"),
        pytest.param("a\u202eb\u2066c", "a b c", id="bidirectional characters"),
        pytest.param("a\ud800b", "a b", id="a lone surrogate"),
        pytest.param("a\x9b2Jb\x7f", "a 2Jb ", id="controls of eight bits"),
    ],
)
def test_replaces_what_does_not_print(text: str, expected: str) -> None:
    assert printable(text) == expected


@given(st.text(st.characters(codec=None)))
def test_is_always_printable_and_as_long(text: str) -> None:
    assert printable(text).isprintable()
    assert len(printable(text)) == len(text)
    assert printable(text).encode().decode() == printable(text)
