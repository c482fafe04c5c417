"""JSON that is nested more deeply than the decoder can follow."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from watch_cluster.adapters.kubernetes.client.decoding import MAX_DEPTH, decode, flatten

ANY = msgspec.json.Decoder()
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.sampled_from(['"', "\\", '\\"[{', "]}"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
)


def nested(depth: int) -> bytes:
    return b'{"f:a":' * depth + b"1" + b"}" * depth


def test_a_deeply_nested_value_counts_as_null_and_its_neighbors_are_read() -> None:
    class Named(msgspec.Struct):
        name: str

    body = b'{"fields":' + nested(5000) + b',"name":"shop"}'
    with pytest.raises(RecursionError):
        msgspec.json.decode(body, type=Named)
    assert decode(msgspec.json.Decoder(Named), body) == Named("shop")


@pytest.mark.parametrize(
    "body", [b"[" * 5000, b'{"a":' * 5000, b"}" * 5000, b"\xff", b'"\xff"'], ids=lambda body: body[:5]
)
def test_rejects_invalid_json_of_any_depth(body: bytes) -> None:
    with pytest.raises(msgspec.DecodeError):
        decode(ANY, body)


@given(JSON, st.integers(0, 4))
def test_flattening_cuts_at_the_depth_and_nowhere_else(value: Any, depth: int) -> None:
    def cut(value: Any, left: int) -> Any:
        if isinstance(value, list):
            return [cut(each, left - 1) for each in value] if left else None
        if isinstance(value, dict):
            return {key: cut(each, left - 1) for key, each in value.items()} if left else None
        return value

    assert json.loads(flatten(json.dumps(value).encode(), depth)) == cut(value, depth)


@given(JSON)
def test_what_is_flat_enough_stays_as_it_is(value: Any) -> None:
    body = json.dumps(value).encode()
    assert flatten(body, MAX_DEPTH) == body
