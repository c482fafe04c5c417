"""Pushes on a Lease and in memory: any replica puts, the leader reads and removes."""

from __future__ import annotations

from collections.abc import Callable
from threading import Thread

import pytest

from tests.cluster.processes import wait_until
from tests.fakes.timing import FakeClock
from tests.unit.adapters.kubernetes.fake_leases import FakeLeases
from watch_cluster.adapters.kubernetes.lease.push_inbox import PUSHES, LeasePushInbox
from watch_cluster.adapters.kubernetes.lease.store import LeaseUnavailable
from watch_cluster.adapters.memory.push_inbox import MemoryPushInbox
from watch_cluster.application.ports.push_inbox import InboxUnavailable, PushInbox
from watch_cluster.domain.images.pushed import PushedRepository

SHOP = PushedRepository.parse("registry.example/shop")
CART = PushedRepository.parse("/team/cart/")


@pytest.fixture
def leases() -> FakeLeases:
    return FakeLeases(FakeClock())


@pytest.fixture(params=["lease", "memory"])
def inbox(request: pytest.FixtureRequest, leases: FakeLeases) -> PushInbox:
    made: dict[str, Callable[[], PushInbox]] = {"lease": lambda: LeasePushInbox(leases), "memory": MemoryPushInbox}
    return made[request.param]()


def test_is_empty_at_first(inbox: PushInbox) -> None:
    assert inbox.pushes() == {}


def test_keeps_pushes_until_they_are_removed(inbox: PushInbox) -> None:
    inbox.put([SHOP])
    inbox.put([CART])
    assert list(inbox.pushes()) == [SHOP, CART]
    inbox.remove({SHOP: inbox.pushes()[SHOP]})
    assert list(inbox.pushes()) == [CART]


def test_a_repository_that_was_pushed_to_again_is_not_removed(inbox: PushInbox) -> None:
    inbox.put([SHOP])
    seen = inbox.pushes()
    inbox.put([SHOP])
    inbox.remove(seen)
    assert list(inbox.pushes()) == [SHOP]
    assert inbox.pushes() != seen


def test_is_bounded_and_the_oldest_go_first(inbox: PushInbox) -> None:
    everything = [PushedRepository.parse(f"registry.example/{'a' * 180}/app-{number}") for number in range(300)]
    for number in range(0, 300, 50):
        inbox.put(everything[number : number + 50])
    assert list(inbox.pushes()) == everything[-256:]


def test_one_replica_reads_the_pushes_of_another(leases: FakeLeases) -> None:
    LeasePushInbox(leases).put([SHOP])
    assert list(LeasePushInbox(leases).pushes()) == [SHOP]


def test_two_replicas_that_write_at_the_same_time_lose_nothing(leases: FakeLeases) -> None:
    inboxes = [LeasePushInbox(leases) for _ in range(2)]
    repositories = [PushedRepository.parse(f"registry.example/app-{number}") for number in range(20)]
    threads = [Thread(target=_put, args=(inboxes[n % 2], each)) for n, each in enumerate(repositories)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(inboxes[0].pushes()) == set(repositories)


def _put(inbox: PushInbox, pushed: PushedRepository) -> None:
    while True:
        try:
            inbox.put([pushed])
        except InboxUnavailable:
            continue
        return


def test_pushes_that_arrive_during_a_write_are_written_together(leases: FakeLeases) -> None:
    inbox = LeasePushInbox(leases)
    inbox.put([SHOP])
    leases.requests.clear()
    leases.answering.clear()
    repositories = [PushedRepository.parse(f"registry.example/app-{number}") for number in range(20)]
    first = Thread(target=inbox.put, args=([CART],))
    first.start()
    leases.hanging.wait()
    others = [Thread(target=inbox.put, args=([each],)) for each in repositories]
    for thread in others:
        thread.start()
    wait_until(lambda: inbox._put == 22, "all wait for the write")
    leases.answering.set()
    for thread in (first, *others):
        thread.join()
    assert set(inbox.pushes()) == {SHOP, CART, *repositories}
    assert leases.requests.count("write") == 2


def test_a_failed_write_is_logged_and_repeated_with_the_next_one(leases: FakeLeases) -> None:
    inbox = LeasePushInbox(leases)
    leases.fault = LeaseUnavailable("the API server does not answer", "unreachable")
    with pytest.raises(InboxUnavailable, match="the API server does not answer"):
        inbox.put([SHOP])
    leases.fault = None
    inbox.put([CART])
    assert set(inbox.pushes()) == {SHOP, CART}


@pytest.mark.parametrize(
    "written", ["", "null", "[]", "[" * 10_000, '{"UPPER": "1"}', '{"a b": 1}', "{", "x" * 300_000]
)
def test_ignores_pushes_that_no_replica_wrote(leases: FakeLeases, written: str) -> None:
    leases.write(leases.new(None).with_annotation(PUSHES, written), 1)
    inbox = LeasePushInbox(leases)
    assert inbox.pushes() == {}
    inbox.put([SHOP])
    assert list(inbox.pushes()) == [SHOP]


def test_removing_what_is_gone_writes_nothing(leases: FakeLeases) -> None:
    inbox = LeasePushInbox(leases)
    inbox.put([SHOP])
    leases.requests.clear()
    inbox.remove({CART: "mark"})
    assert leases.requests == ["read"]
