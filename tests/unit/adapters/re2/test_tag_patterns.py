"""Tag patterns, including hostile ones."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watch_cluster.adapters.re2.tag_patterns import compile_tag_pattern
from watch_cluster.domain.versions.tag_pattern import InvalidTagPattern


@pytest.mark.parametrize(
    ("pattern", "tag", "matches"),
    [
        pytest.param(r"1\..*", "1.25", True, id="the whole tag"),
        pytest.param(r"1\.", "1.25", False, id="not a part of it"),
        pytest.param(r"25", "1.25", False, id="not its end"),
        pytest.param(r".*-(alpine|slim)", "1.25-slim", True, id="a group"),
        pytest.param(r"(?i)rc.*", "RC1", True, id="any case when asked for"),
        pytest.param(r"rc.*", "RC1", False, id="case counts"),
        pytest.param(r"^v\d+$", "v1", True, id="anchors do no harm"),
        pytest.param(r"v\d+", "v1\n", False, id="no newline passes"),
        pytest.param(r"v\d", "v\N{ARABIC-INDIC DIGIT ONE}", False, id="digits are ASCII"),
        pytest.param("", "1.25", False, id="nothing matches nothing"),
    ],
)
def test_matches_whole_tags(pattern: str, tag: str, *, matches: bool) -> None:
    assert compile_tag_pattern(pattern)(tag) is matches


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        pytest.param("(", "missing \\)", id="not closed"),
        pytest.param("(?=a)b", "invalid perl operator", id="look-ahead"),
        pytest.param(r"(a)\1", "invalid escape", id="back-reference"),
        pytest.param("((a{100}){100}){100}", "invalid repetition size", id="a repetition that explodes"),
        pytest.param("x" * 513, "at most 512", id="too long"),
        pytest.param("\ud800", "surrogates not allowed", id="half a character"),
    ],
)
def test_reports_why_a_pattern_is_invalid(pattern: str, words: str) -> None:
    with pytest.raises(InvalidTagPattern, match=words) as caught:
        compile_tag_pattern(pattern)
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize("pattern", ["(a+)+b", "(a|a)*b", "(.*)*x", "([a-z]+)*[0-9]", "(a?){64}a{64}b"])
def test_matches_patterns_that_backtrack_in_other_engines(pattern: str) -> None:
    assert compile_tag_pattern(pattern)("a" * 128) is False


@given(st.text(max_size=600), st.text(max_size=128))
def test_any_text_is_a_pattern_or_the_declared_error(pattern: str, tag: str) -> None:
    try:
        compile_tag_pattern(pattern)(tag)
    except InvalidTagPattern:
        return
