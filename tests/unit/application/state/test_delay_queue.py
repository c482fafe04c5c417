"""Which workload wants attention at which moment."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from watch_cluster.application.state.delay_queue import DelayQueue
from watch_cluster.domain.workload.workload import WorkloadKey

NOON = datetime(2031, 1, 1, 12, tzinfo=UTC)


def key(name: str) -> WorkloadKey:
    return WorkloadKey("default", "Deployment", name)


def at(seconds: int) -> datetime:
    return NOON + timedelta(seconds=seconds)


def test_an_empty_delay_queue_has_no_next_moment() -> None:
    assert DelayQueue().next() is None
    assert DelayQueue().pop_until(NOON) == []


def test_the_moments_come_out_in_order_and_only_those_that_have_come() -> None:
    queue = DelayQueue()
    queue.put(key("late"), at(30))
    queue.put(key("early"), at(10))
    queue.put(key("now"), at(20))
    assert queue.pop_until(at(20)) == [(key("early"), at(10)), (key("now"), at(20))]
    assert queue.next() == at(30)


def test_a_later_moment_replaces_the_earlier_one() -> None:
    queue = DelayQueue()
    queue.put(key("shop"), at(10))
    queue.put(key("shop"), at(50))
    assert queue.next() == at(50)
    assert queue.pop_until(at(49)) == []


def test_a_dropped_entry_never_becomes_due() -> None:
    queue = DelayQueue()
    queue.put(key("shop"), at(10))
    queue.drop(key("shop"))
    assert queue.next() is None


def test_a_moment_that_is_put_again_after_it_was_dropped_comes_once() -> None:
    queue = DelayQueue()
    queue.put(key("shop"), at(10))
    queue.drop(key("shop"))
    queue.put(key("shop"), at(10))
    assert queue.pop_until(at(10)) == [(key("shop"), at(10))]
    assert queue.pop_until(at(10)) == []


@given(st.lists(st.tuples(st.sampled_from("abc"), st.none() | st.integers(0, 50)), max_size=200))
def test_a_delay_queue_behaves_like_a_dictionary_of_moments(steps: list[tuple[str, int | None]]) -> None:
    queue = DelayQueue()
    expected: dict[str, int] = {}
    for name, moment in steps:
        if moment is None:
            queue.drop(key(name))
            expected.pop(name, None)
        else:
            queue.put(key(name), at(moment))
            expected[name] = moment
        assert queue.next() == min((at(each) for each in expected.values()), default=None)
    taken = queue.pop_until(at(50))
    assert {owner.name: moment for owner, moment in taken} == {name: at(each) for name, each in expected.items()}
    assert [moment for _, moment in taken] == sorted(moment for _, moment in taken)
