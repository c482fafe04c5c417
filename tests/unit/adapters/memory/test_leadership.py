"""Leadership without leader election."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from watch_cluster.adapters.memory.leadership import SoleLeadership
from watch_cluster.application.ports.leadership import Leadership

TICK = datetime(2026, 5, 1, tzinfo=UTC)


def test_leads_from_start_to_close() -> None:
    leadership: Leadership = SoleLeadership()
    states = [leadership.leads()]
    leadership.start()
    states.append(leadership.leads())
    leadership.close()
    states.append(leadership.leads())
    assert states == [False, True, False]


def test_the_first_leader_finds_no_tick() -> None:
    leadership = SoleLeadership()
    leadership.start()
    leadership.finish_tick(TICK)
    assert leadership.finished_tick() is None
    assert leadership.tick == TICK


def test_the_next_leader_finds_the_last_tick() -> None:
    leadership = SoleLeadership(TICK)
    leadership.start()
    assert leadership.finished_tick() == TICK
    leadership.finish_tick(TICK + timedelta(minutes=1))
    assert leadership.finished_tick() == TICK
    leadership.close()
    leadership.start()
    assert leadership.finished_tick() == TICK + timedelta(minutes=1)
