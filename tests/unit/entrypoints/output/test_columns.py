"""Tables and lines that fit a terminal."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from watch_cluster.entrypoints.output.columns import columns, wrapped

TITLES = ("TAG", "KEPT", "WHY")
WORDS = st.lists(st.text("abc", min_size=1, max_size=12), min_size=1, max_size=20).map(" ".join)


def test_cells_stand_below_their_titles() -> None:
    assert columns(TITLES, [("1.0.1-alpine", "yes", "the newest")], 80) == [
        "TAG           KEPT  WHY",
        "1.0.1-alpine  yes   the newest",
    ]


def test_the_last_column_is_wrapped_between_words() -> None:
    assert columns(TITLES, [("2.0.0", "no", "the major version stays what it is")], 40)[1:] == [
        "2.0.0  no    the major version stays",
        "             what it is",
    ]


def test_a_long_reason_stands_below_a_long_tag() -> None:
    assert columns(TITLES, [("main-2026-01-01-5f3c2e1", "no", "another variant")], 40) == [
        "TAG                      KEPT",
        "    WHY",
        "main-2026-01-01-5f3c2e1  no",
        "    another variant",
    ]


def test_no_rows_need_no_titles() -> None:
    assert columns(TITLES, [], 80) == []


def test_bytes_of_strangers_reach_no_terminal() -> None:
    assert "\x1b" not in "".join([*columns(TITLES, [("\x1b[2J", "no", "\x1b[31m")], 80), *wrapped("\x1b[2J", 80)])


@given(WORDS, st.integers(20, 100))
def test_no_word_is_lost_or_cut(line: str, width: int) -> None:
    lines = wrapped(line, width, "  ")
    assert " ".join(lines).split() == line.split()
    assert all(len(each) <= width for each in lines)
