"""How many bytes of bodies are held while they are being read."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from watch_cluster.adapters.oci.http.body_budget import ASSURED_BYTES, BodyBudget, decoder_for
from watch_cluster.adapters.oci.http.errors import RequestError

CHUNK = b"x" * 1024


def read(budget: BodyBudget, chunks: Iterator[bytes]) -> bytes:
    return budget.read(chunks, decoder_for(""), 10 * ASSURED_BYTES)


def test_a_large_body_is_refused_while_others_take_the_budget_and_a_small_one_is_read() -> None:
    budget = BodyBudget(2 * ASSURED_BYTES)
    pieces = ASSURED_BYTES // len(CHUNK)

    def large() -> Iterator[bytes]:
        yield CHUNK * 2 * pieces
        assert len(read(budget, iter([CHUNK] * pieces))) == ASSURED_BYTES
        with pytest.raises(RequestError, match="too many large answers"):
            read(budget, iter([CHUNK] * (pieces + 1)))

    assert len(read(budget, large())) == 2 * ASSURED_BYTES
    assert len(read(budget, iter([CHUNK] * 2 * pieces))) == 2 * ASSURED_BYTES, "what was read is given back"
