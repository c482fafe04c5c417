"""Fields of JSON that anybody may have edited are read with their limits, or rejected."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watch_cluster.tools import json_fields
from watch_cluster.tools.json_fields import MAX_COUNT, MAX_TEXT_LENGTH

ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda each: st.lists(each) | st.dictionaries(st.text(), each),
    max_leaves=8,
)
READERS = [
    json_fields.text,
    json_fields.text_or_none,
    json_fields.name,
    json_fields.timestamp,
    json_fields.seconds,
    json_fields.count,
    lambda value: json_fields.items(value, 3),
    lambda value: json_fields.fields_of(value, 3),
]


@pytest.mark.parametrize(
    ("read", "value", "expected"),
    [
        pytest.param(json_fields.text, "two words", "two words", id="text"),
        pytest.param(json_fields.text, "é 한 😀", "é 한 😀", id="text in any script"),
        pytest.param(json_fields.text, "a\nb\x1b[31m", "a b [31m", id="control characters"),
        pytest.param(json_fields.text, "a\ud800b", "a b", id="a lone surrogate"),
        pytest.param(json_fields.text, "x" * MAX_TEXT_LENGTH, "x" * MAX_TEXT_LENGTH, id="the longest text"),
        pytest.param(json_fields.text_or_none, None, None, id="no text"),
        pytest.param(json_fields.text_or_none, "a", "a", id="text that may be missing"),
        pytest.param(json_fields.name, "a.b_c-1", "a.b_c-1", id="a name"),
        pytest.param(json_fields.name, "a" * 253, "a" * 253, id="the longest name"),
        pytest.param(
            json_fields.timestamp, "2031-01-01T13:00:00+01:00", datetime(2031, 1, 1, 12, tzinfo=UTC), id="a time"
        ),
        pytest.param(json_fields.seconds, 1.5, timedelta(seconds=1.5), id="a duration"),
        pytest.param(json_fields.seconds, 0, timedelta(), id="no time at all"),
        pytest.param(json_fields.count, 0, 0, id="zero"),
        pytest.param(json_fields.count, MAX_COUNT, MAX_COUNT, id="the largest count"),
        pytest.param(lambda value: json_fields.items(value, 2), [1, 2], [1, 2], id="a full list"),
        pytest.param(lambda value: json_fields.fields_of(value, 1), {"a": 1}, {"a": 1}, id="a full object"),
    ],
)
def test_reads(read: Callable[[object], object], value: object, expected: object) -> None:
    assert read(value) == expected


@pytest.mark.parametrize(
    ("read", "value", "message"),
    [
        pytest.param(json_fields.text, 1, "1 is not text", id="a number for text"),
        pytest.param(json_fields.text, "x" * (MAX_TEXT_LENGTH + 1), "16,385 characters", id="too long a text"),
        pytest.param(json_fields.name, "", "'' is not a name", id="an empty name"),
        pytest.param(json_fields.name, "a b", "'a b' is not a name", id="a blank in a name"),
        pytest.param(json_fields.name, "-a", "'-a' is not a name", id="a name that begins with a dash"),
        pytest.param(json_fields.name, "a\n", "is not a name", id="a name that ends with a line break"),
        pytest.param(json_fields.name, "a" * 254, "is not a name", id="too long a name"),
        pytest.param(json_fields.timestamp, "2031-01-01T12:00:00", "with a time zone", id="a time without a zone"),
        pytest.param(json_fields.timestamp, "9999-12-31T23:59:59Z", "2000 and 2199", id="the end of the calendar"),
        pytest.param(json_fields.timestamp, "yesterday", "Invalid isoformat", id="no time"),
        pytest.param(json_fields.seconds, True, "not a number of seconds", id="a flag for a duration"),
        pytest.param(json_fields.seconds, -1, "-1 is not a duration", id="a negative duration"),
        pytest.param(json_fields.seconds, float("nan"), "nan is not a duration", id="no number"),
        pytest.param(json_fields.seconds, 1e11, "is not a duration", id="thousands of years"),
        pytest.param(json_fields.count, 1.0, "1.0 is not a count", id="a fraction for a count"),
        pytest.param(json_fields.count, False, "False is not a count", id="a flag for a count"),
        pytest.param(json_fields.count, -1, "-1 is not a count", id="a negative count"),
        pytest.param(json_fields.count, MAX_COUNT + 1, "is not a count", id="too large a count"),
        pytest.param(lambda value: json_fields.items(value, 2), [1, 2, 3], "3 items, at most 2", id="a long list"),
        pytest.param(lambda value: json_fields.items(value, 2), "ab", "not a list", id="text for a list"),
        pytest.param(lambda value: json_fields.fields_of(value, 0), {"a": 1}, "1 fields, at most 0", id="many fields"),
        pytest.param(lambda value: json_fields.fields_of(value, 2), [], "not an object", id="a list for an object"),
    ],
)
def test_rejects(read: Callable[[object], object], value: object, message: str) -> None:
    with pytest.raises((TypeError, ValueError), match=message):
        read(value)


def message_of(read: Callable[[object], object], value: object) -> str:
    """The message with which the value is rejected, empty if it is not."""
    try:
        read(value)
    except (TypeError, ValueError) as error:
        return str(error)
    return ""


@given(ANY_JSON)
def test_any_json_is_read_or_rejected_with_a_short_message(value: object) -> None:
    for read in READERS:
        assert len(message_of(read, value)) < 200
