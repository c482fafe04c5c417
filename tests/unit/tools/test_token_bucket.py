"""So many at once, and so many in the long run."""

from __future__ import annotations

from datetime import timedelta

from tests.fakes.timing import FakeClock
from watch_cluster.tools.token_bucket import TokenBucket


def test_allows_a_burst_and_then_the_rate() -> None:
    clock = FakeClock()
    bucket = TokenBucket(2, 3, clock.monotonic)
    assert [bucket.take() for _ in range(4)] == [True, True, True, False]
    clock.advance(timedelta(seconds=1))
    assert [bucket.take() for _ in range(3)] == [True, True, False]


def test_saves_up_no_more_than_a_burst() -> None:
    clock = FakeClock()
    bucket = TokenBucket(2, 3, clock.monotonic)
    clock.advance(timedelta(days=1))
    assert [bucket.take() for _ in range(4)] == [True, True, True, False]
