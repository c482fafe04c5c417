"""How many bytes of bodies are held while they are being read."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext

import pytest

from tests.cluster.processes import wait_until
from tests.servers.registry import RegistryServer, Reply, error_reply, tags_reply
from tests.unit.adapters.oci.conftest import Connect
from watch_cluster.adapters.oci.http.body_budget import ASSURED_BYTES, BodyBudget, decoder_for
from watch_cluster.adapters.oci.http.errors import RequestError
from watch_cluster.adapters.oci.http.timing import Timing
from watch_cluster.domain.images.reference import Repository
from watch_cluster.tools.fair_turns import acting_for

CHUNK = b"x" * 1024
MANY_TAGS = 10_000
PIECES = ASSURED_BYTES // len(CHUNK)


def read(budget: BodyBudget, chunks: Iterator[bytes]) -> bytes:
    return budget.read(chunks, decoder_for(""), 10 * ASSURED_BYTES)


def test_a_large_body_is_refused_while_others_take_the_budget_and_a_small_one_is_read() -> None:
    budget = BodyBudget(2 * ASSURED_BYTES)

    def large() -> Iterator[bytes]:
        yield CHUNK * 3 * PIECES
        assert len(read(budget, iter([CHUNK] * PIECES))) == ASSURED_BYTES
        with pytest.raises(RequestError, match="too many large answers"):
            read(budget, iter([CHUNK] * (PIECES + 1)))

    assert len(read(budget, large())) == 3 * ASSURED_BYTES
    assert len(read(budget, iter([CHUNK] * 3 * PIECES))) == 3 * ASSURED_BYTES, "what was read is given back"


def read_for(party: str, budget: BodyBudget, chunks: Iterator[bytes]) -> bytes:
    with acting_for(party):
        return read(budget, chunks)


@pytest.mark.parametrize("shared", [True, False], ids=["shared by several", "all of one"])
def test_a_party_whose_bodies_do_not_end_leaves_half_of_a_shared_budget_to_the_others(*, shared: bool) -> None:
    budget = BodyBudget(8 * ASSURED_BYTES, shared=shared)

    def endless() -> Iterator[bytes]:
        yield CHUNK * 5 * PIECES
        refused = pytest.raises(RequestError, match="too many large answers") if shared else nullcontext()
        with refused:
            read_for("greedy", budget, iter([CHUNK * (PIECES + 1)]))
        assert len(read_for("greedy", budget, iter([CHUNK * PIECES]))) == ASSURED_BYTES
        assert len(read_for("shop", budget, iter([CHUNK * 3 * PIECES]))) == 3 * ASSURED_BYTES

    assert len(read_for("greedy", budget, endless())) == 5 * ASSURED_BYTES


def test_a_party_keeps_what_it_has_read_when_others_come() -> None:
    budget = BodyBudget(8 * ASSURED_BYTES, shared=True)

    def first() -> Iterator[bytes]:
        yield CHUNK * 5 * PIECES
        read_for("second", budget, second())

    def second() -> Iterator[bytes]:
        yield CHUNK * 3 * PIECES
        assert len(read_for("first", budget, iter([CHUNK * PIECES]))) == ASSURED_BYTES

    assert len(read_for("first", budget, first())) == 5 * ASSURED_BYTES


def test_large_lists_that_drip_in_one_namespace_leave_memory_to_the_others(
    connect: Connect, server: RegistryServer, app: Repository
) -> None:
    slow = [Repository(server.host, name) for name in ("slow-a", "slow-b")]
    for each in slow:
        server.on_tags(Reply(body=b" " * (16 * 1024 * 1024 - 1024), drip=True), each.path)
    server.on_tags(tags_reply(f"{number:0100}" for number in range(MANY_TAGS)))
    registry = connect(timing=Timing(wait=lambda _seconds: None), several=True)

    def query(repository: Repository) -> None:
        with acting_for("greedy"):
            registry.tags(repository)

    with ThreadPoolExecutor(2) as pool:
        for each in slow:
            pool.submit(query, each)
        wait_until(
            lambda: server.dripping >= 1 and server.dripping + len(server.seen) >= 4,
            "both have come as far as they get",
            20,
        )
        try:
            with acting_for("shop"):
                assert len(registry.tags(app)) == MANY_TAGS
        finally:
            for each in slow:
                server.on_tags(error_reply(404, "NAME_UNKNOWN"), each.path)
            server.closing.set()
