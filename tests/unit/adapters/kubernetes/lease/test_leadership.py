"""Leadership by a Lease: who leads, for how long, and what is said about it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, MutableMapping
from datetime import UTC, datetime, timedelta
from threading import Thread
from time import monotonic
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from tests.fakes.timing import FakeClock
from tests.unit.adapters.kubernetes.fake_leases import FakeLeases
from watch_cluster.adapters.kubernetes.client.micro_time import micro_time
from watch_cluster.adapters.kubernetes.lease.leadership import DEFAULT_TIMING, KubernetesLeadership
from watch_cluster.adapters.kubernetes.lease.record import LeaseTiming
from watch_cluster.adapters.kubernetes.lease.store import LeaseUnavailable
from watch_cluster.application.ports.leadership import Leadership

TICK = datetime(2026, 1, 1, 12, 0, 0, 5, tzinfo=UTC)
HANGS = LeaseUnavailable("the API server does not answer", "unreachable")
Logs = list[MutableMapping[str, Any]]


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def leases(clock: FakeClock) -> FakeLeases:
    return FakeLeases(clock)


@pytest.fixture
def ours(leases: FakeLeases, clock: FakeClock) -> KubernetesLeadership:
    return candidate(leases, clock, "ours")


@pytest.fixture
def theirs(leases: FakeLeases, clock: FakeClock) -> KubernetesLeadership:
    return candidate(leases, clock, "theirs")


@pytest.fixture
def logs() -> Iterator[Logs]:
    with capture_logs() as captured:
        yield captured


def candidate(
    leases: FakeLeases, clock: FakeClock, identity: str, timing: LeaseTiming = DEFAULT_TIMING
) -> KubernetesLeadership:
    return KubernetesLeadership(leases, clock, identity, timing, chance=lambda: 0.5)


def seconds(number: float) -> timedelta:
    return timedelta(seconds=number)


def until(condition: Callable[[], bool]) -> None:
    limit = monotonic() + 10
    while not condition():
        assert monotonic() < limit, "it did not come to that within 10 s"


def said(logs: Logs) -> list[str]:
    return [entry["event"] for entry in logs]


def test_the_first_candidate_leads(ours: KubernetesLeadership, leases: FakeLeases) -> None:
    leadership: Leadership = ours
    assert not leadership.leads()
    ours.run_once()
    assert leadership.leads()
    assert leases.present.holder == "ours"


def test_the_second_candidate_becomes_standby(ours: KubernetesLeadership, theirs: KubernetesLeadership) -> None:
    ours.run_once()
    theirs.run_once()
    assert (ours.leads(), theirs.leads()) == (True, False)


def test_leadership_lasts_ten_seconds_after_a_renewal_was_sent(ours: KubernetesLeadership, clock: FakeClock) -> None:
    ours.run_once()
    clock.advance(seconds(9.9))
    assert ours.leads()
    clock.advance(seconds(0.1))
    assert not ours.leads()


def test_leadership_counts_from_the_request_and_not_from_the_response(
    ours: KubernetesLeadership, leases: FakeLeases, clock: FakeClock
) -> None:
    leases.latency = (seconds(1), seconds(2))
    sent = clock.monotonic() + 3
    ours.run_once()
    assert ours.leads()
    clock.advance(seconds(sent + 9.9 - clock.monotonic()))
    assert ours.leads()
    clock.advance(seconds(0.1))
    assert not ours.leads()


def test_a_renewal_that_was_answered_too_late_does_not_lead(
    ours: KubernetesLeadership, leases: FakeLeases, logs: Logs
) -> None:
    leases.latency = (seconds(1), seconds(10))
    ours.run_once()
    assert not ours.leads()
    assert said(logs) == []
    leases.latency = (seconds(0), seconds(0))
    ours.run_once()
    assert ours.leads()
    assert said(logs) == ["started leading"]


def test_renewals_every_two_seconds_keep_leadership_with_one_request_each(
    ours: KubernetesLeadership, theirs: KubernetesLeadership, leases: FakeLeases, clock: FakeClock
) -> None:
    ours.run_once()
    leases.requests.clear()
    for _ in range(20):
        pause = ours.run_once()
        assert pause == 2
        theirs.run_once()
        clock.advance(seconds(pause))
        assert (ours.leads(), theirs.leads()) == (True, False)
    assert leases.requests == ["write", "read"] * 20
    assert leases.present.transitions == 0


def test_a_dead_holder_is_replaced_fifteen_seconds_after_its_last_renewal(
    ours: KubernetesLeadership, theirs: KubernetesLeadership, leases: FakeLeases, clock: FakeClock
) -> None:
    ours.run_once()
    clock.advance(seconds(60))
    theirs.run_once()
    clock.advance(seconds(14.9))
    theirs.run_once()
    assert not theirs.leads()
    clock.advance(seconds(0.1))
    theirs.run_once()
    assert theirs.leads()
    assert (leases.present.holder, leases.present.transitions) == ("theirs", 1)


def test_a_process_that_stalled_and_was_replaced_becomes_standby(
    ours: KubernetesLeadership, theirs: KubernetesLeadership, clock: FakeClock, logs: Logs
) -> None:
    ours.run_once()
    theirs.run_once()
    clock.advance(seconds(15))
    theirs.run_once()
    ours.run_once()
    assert (ours.leads(), theirs.leads()) == (False, True)
    assert said(logs) == ["started leading", "another replica leads", "started leading", "stopped leading"]
    assert logs[-1]["why"] == "theirs holds the lease"


def test_an_outage_ends_leadership_and_recovery_restores_it(
    ours: KubernetesLeadership, leases: FakeLeases, clock: FakeClock, logs: Logs
) -> None:
    ours.run_once()
    leases.fault = HANGS
    slept = seconds(0)
    while ours.leads():
        pause = seconds(ours.run_once())
        assert slept + pause <= seconds(10)
        slept += pause
        clock.advance(pause)
    assert slept == seconds(10)
    pauses = []
    for _ in range(6):
        pauses.append(ours.run_once())
        clock.advance(seconds(pauses[-1]))
    assert pauses == [pytest.approx(1.1 * pause) for pause in (2, 4, 8, 10, 10, 10)]
    leases.fault = None
    ours.run_once()
    assert ours.leads()
    assert said(logs) == ["started leading", "stopped leading", "started leading"]
    assert logs[1]["why"] == "not renewed for 10 s: the API server does not answer"


def test_the_server_may_require_a_longer_pause(ours: KubernetesLeadership, leases: FakeLeases) -> None:
    leases.fault = LeaseUnavailable("too many requests", "429", retry_after=30)
    assert ours.run_once() == pytest.approx(33)


def test_but_not_for_one_beyond_a_minute(ours: KubernetesLeadership, leases: FakeLeases) -> None:
    leases.fault = LeaseUnavailable("too many requests", "429", retry_after=86400)
    assert ours.run_once() == pytest.approx(66)


def test_a_pause_never_outlasts_leadership(ours: KubernetesLeadership, leases: FakeLeases) -> None:
    ours.run_once()
    leases.fault = LeaseUnavailable("too many requests", "429", retry_after=30)
    assert ours.run_once() == 10


def test_a_request_waits_for_less_than_the_deadline(
    ours: KubernetesLeadership, leases: FakeLeases, clock: FakeClock
) -> None:
    ours.run_once()
    leases.fault = HANGS
    for _ in range(4):
        ours.run_once()
        clock.advance(seconds(2))
    assert leases.timeouts == [5, 5, 5, 5, 5, 4]


def test_each_problem_is_reported_once_until_it_is_resolved(
    ours: KubernetesLeadership, leases: FakeLeases, logs: Logs
) -> None:
    forbidden = LeaseUnavailable("no right: kubectl apply", "403")
    for fault in (HANGS, HANGS, forbidden, HANGS, forbidden, None, forbidden):
        leases.fault = fault
        ours.run_once()
    reasons = [entry["why"] for entry in logs if entry["event"].startswith("leader election failed")]
    assert reasons == [str(HANGS), str(forbidden)]
    assert said(logs)[-1] == "started leading"


def test_a_recurring_problem_is_reported_again(
    theirs: KubernetesLeadership, ours: KubernetesLeadership, leases: FakeLeases, logs: Logs
) -> None:
    ours.run_once()
    pauses = []
    for fault in (HANGS, None, HANGS):
        leases.fault = fault
        pauses.append(theirs.run_once())
    assert pauses == [pytest.approx(2.2), pytest.approx(1.1), pytest.approx(2.2)]
    assert said(logs).count("leader election failed; retrying") == 2


def test_a_foreign_write_to_the_lease_costs_a_second_read_but_not_leadership(
    ours: KubernetesLeadership, leases: FakeLeases, logs: Logs
) -> None:
    ours.run_once()
    leases.touch()
    leases.requests.clear()
    assert ours.run_once() == 2
    assert leases.requests == ["write", "read", "write"]
    assert ours.leads()
    assert said(logs) == ["started leading"]


def test_a_lease_that_somebody_else_released_ends_leadership_at_once(
    ours: KubernetesLeadership, leases: FakeLeases, logs: Logs
) -> None:
    ours.run_once()
    leases.touch(holder="theirs")
    ours.run_once()
    assert not ours.leads()
    assert said(logs) == ["started leading", "stopped leading"]
    assert leases.present.holder == "theirs"


def test_the_leader_recreates_a_deleted_lease(
    ours: KubernetesLeadership, theirs: KubernetesLeadership, leases: FakeLeases
) -> None:
    ours.run_once()
    ours.finish_tick(TICK)
    ours.run_once()
    theirs.run_once()
    leases.record = None
    theirs.run_once()
    assert not theirs.leads()
    ours.run_once()
    assert ours.leads()
    assert leases.present.tick == micro_time(TICK)


def test_a_lease_that_was_deleted_with_its_holder_keeps_its_tick(
    ours: KubernetesLeadership, theirs: KubernetesLeadership, leases: FakeLeases, clock: FakeClock
) -> None:
    ours.run_once()
    ours.finish_tick(TICK)
    ours.run_once()
    theirs.run_once()
    leases.record = None
    clock.advance(seconds(15))
    theirs.run_once()
    assert theirs.leads()
    assert theirs.finished_tick() == TICK


def test_a_claim_without_a_response_is_resolved_by_reading_the_lease(
    ours: KubernetesLeadership, leases: FakeLeases
) -> None:
    leases.loses_answers = True
    ours.run_once()
    assert not ours.leads()
    assert leases.present.holder == "ours"
    leases.loses_answers = False
    ours.run_once()
    assert ours.leads()
    assert leases.present.transitions == 0


def test_a_tick_is_recorded_with_the_next_renewal(ours: KubernetesLeadership, leases: FakeLeases) -> None:
    ours.run_once()
    assert ours.finished_tick() is None
    leases.requests.clear()
    ours.finish_tick(TICK)
    assert leases.requests == []
    ours.run_once()
    assert leases.requests == ["write"]
    assert leases.present.tick == "2026-01-01T12:00:00.000005Z"
    assert ours.finished_tick() is None


def test_the_next_holder_finds_the_tick_and_keeps_it_until_it_has_its_own(
    ours: KubernetesLeadership, theirs: KubernetesLeadership, leases: FakeLeases, clock: FakeClock
) -> None:
    ours.run_once()
    ours.finish_tick(TICK)
    ours.run_once()
    theirs.run_once()
    clock.advance(seconds(15))
    theirs.run_once()
    theirs.run_once()
    assert theirs.finished_tick() == TICK
    assert leases.present.tick == micro_time(TICK)
    theirs.finish_tick(TICK + seconds(1))
    theirs.run_once()
    assert leases.present.tick == micro_time(TICK + seconds(1))


def test_a_tick_of_an_earlier_term_never_overwrites_that_of_the_holder_in_between(
    ours: KubernetesLeadership, theirs: KubernetesLeadership, leases: FakeLeases, clock: FakeClock
) -> None:
    ours.run_once()
    ours.finish_tick(TICK)
    theirs.run_once()
    clock.advance(seconds(15))
    theirs.run_once()
    theirs.finish_tick(TICK + seconds(60))
    theirs.run_once()
    ours.finish_tick(TICK + seconds(99))
    ours.run_once()
    clock.advance(seconds(15))
    ours.run_once()
    assert ours.leads()
    assert ours.finished_tick() == TICK + seconds(60)
    assert leases.present.tick == micro_time(TICK + seconds(60))


def test_a_tick_that_was_finished_without_leadership_is_dropped(
    ours: KubernetesLeadership, leases: FakeLeases, clock: FakeClock
) -> None:
    ours.run_once()
    clock.advance(seconds(10))
    ours.finish_tick(TICK)
    ours.run_once()
    assert ours.leads()
    assert ours.finished_tick() is None
    assert leases.present.tick is None


def test_leadership_that_expired_and_returned_finds_its_own_last_tick(
    ours: KubernetesLeadership, clock: FakeClock, logs: Logs
) -> None:
    ours.run_once()
    ours.finish_tick(TICK)
    clock.advance(seconds(12))
    assert not ours.leads()
    ours.run_once()
    assert ours.finished_tick() == TICK
    assert said(logs) == ["started leading", "stopped leading", "started leading"]


@pytest.mark.parametrize(
    ("written", "found"),
    [
        pytest.param("2026-01-01T12:00:00.000005Z", TICK, id="as we write it"),
        pytest.param("2999-01-01T00:00:00Z", datetime(2999, 1, 1, tzinfo=UTC), id="in the future of every clock"),
    ],
)
def test_the_tick_on_record_is_given_as_it_is(
    ours: KubernetesLeadership,
    theirs: KubernetesLeadership,
    leases: FakeLeases,
    clock: FakeClock,
    written: str,
    found: datetime,
) -> None:
    ours.run_once()
    leases.touch(tick=written)
    theirs.run_once()
    clock.advance(seconds(15))
    theirs.run_once()
    assert theirs.finished_tick() == found


def test_an_invalid_tick_is_logged_once(
    ours: KubernetesLeadership, theirs: KubernetesLeadership, leases: FakeLeases, clock: FakeClock, logs: Logs
) -> None:
    ours.run_once()
    leases.touch(tick="yesterday" * 100)
    theirs.run_once()
    clock.advance(seconds(15))
    for _ in range(3):
        theirs.run_once()
    assert theirs.finished_tick() is None
    assert said(logs)[2:] == [
        "started leading",
        "no time in annotation watch-cluster.io/last-tick: missed checks are not made up for",
    ]
    assert len(logs[-1]["value"]) == 80


def test_a_defect_is_logged_and_does_not_end_leader_election(
    ours: KubernetesLeadership, leases: FakeLeases, logs: Logs, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: float) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patch:
        patch.setattr(leases, "read", fail)
        assert ours.run_once() > 0
    assert said(logs)[0] == "leader election failed on a defect"
    ours.run_once()
    assert ours.leads()


def test_closing_releases_the_lease_with_the_last_tick(
    ours: KubernetesLeadership, theirs: KubernetesLeadership, leases: FakeLeases, logs: Logs
) -> None:
    ours.start()
    until(ours.leads)
    ours.finish_tick(TICK)
    ours.close()
    assert not ours.leads()
    assert (leases.present.holder, leases.present.tick) == ("", micro_time(TICK))
    theirs.run_once()
    assert theirs.leads()
    assert theirs.finished_tick() == TICK
    assert said(logs) == ["started leading", "released the lease", "started leading"]


def test_closing_releases_a_lease_that_somebody_else_modified(ours: KubernetesLeadership, leases: FakeLeases) -> None:
    ours.start()
    until(ours.leads)
    leases.touch()
    ours.close()
    assert leases.present.holder == ""


def test_closing_leaves_the_lease_of_another_alone(
    ours: KubernetesLeadership, theirs: KubernetesLeadership, leases: FakeLeases
) -> None:
    theirs.run_once()
    before = leases.present
    ours.start()
    until(lambda: len(leases.requests) > 1)
    ours.close()
    assert leases.present == before
    assert theirs.leads()


def test_closing_releases_a_claim_whose_response_was_lost(ours: KubernetesLeadership, leases: FakeLeases) -> None:
    leases.loses_answers = True
    ours.start()
    until(lambda: leases.record is not None)
    leases.loses_answers = False
    ours.close()
    assert leases.present.holder == ""


def test_closing_during_an_outage_ends_and_says_what_others_must_do(
    ours: KubernetesLeadership, leases: FakeLeases, logs: Logs
) -> None:
    ours.start()
    until(ours.leads)
    leases.fault = HANGS
    ours.close()
    assert said(logs) == ["started leading", "cannot release the lease; other replicas wait 15 s"]


def test_closing_what_was_never_started_does_nothing(ours: KubernetesLeadership, leases: FakeLeases) -> None:
    ours.close()
    assert leases.requests == []


def test_leadership_ends_while_the_renewing_thread_hangs(
    ours: KubernetesLeadership, leases: FakeLeases, clock: FakeClock
) -> None:
    ours.run_once()
    leases.answering.clear()
    renewal = Thread(target=ours.run_once)
    renewal.start()
    try:
        assert leases.hanging.wait(10)
        clock.advance(seconds(10))
        assert renewal.is_alive()
        assert not ours.leads()
    finally:
        leases.answering.set()
        renewal.join()


@pytest.mark.parametrize(
    ("fault", "ending"),
    [
        pytest.param(None, "released the lease", id="and is answered at last"),
        pytest.param(HANGS, "cannot release the lease; other replicas wait 15 s", id="and is not answered"),
    ],
)
def test_closing_ends_leadership_at_once_while_a_renewal_hangs(
    leases: FakeLeases, clock: FakeClock, logs: Logs, fault: LeaseUnavailable | None, ending: str
) -> None:
    ours = candidate(leases, clock, "ours", LeaseTiming(retry_period=0.01))
    ours.start()
    until(ours.leads)
    leases.answering.clear()
    assert leases.hanging.wait(10)
    closing = Thread(target=ours.close)
    closing.start()
    try:
        until(lambda: not ours.leads())
    finally:
        leases.fault = fault
        leases.answering.set()
        closing.join()
    assert said(logs) == ["started leading", ending]


MOVES = st.lists(
    st.tuples(
        st.sampled_from(["a", "b", "c", "touch", "fault", "mended", "answers lost", "slow", "quick"]),
        st.floats(min_value=0, max_value=8),
    ),
    max_size=80,
)


@given(MOVES)
def test_two_processes_never_lead_at_once(moves: list[tuple[str, float]]) -> None:
    clock = FakeClock()
    leases = FakeLeases(clock)
    candidates = {identity: candidate(leases, clock, identity) for identity in "abc"}
    with capture_logs():
        for move, duration in moves:
            if move in candidates:
                candidates[move].run_once()
            elif move == "touch" and leases.record is not None:
                leases.touch()
            leases.fault = HANGS if move == "fault" else None if move == "mended" else leases.fault
            leases.loses_answers = (leases.loses_answers or move == "answers lost") and move != "mended"
            if move in {"slow", "quick"}:
                leases.latency = (seconds(duration), seconds(duration)) if move == "slow" else (seconds(0), seconds(0))
            assert sum(each.leads() for each in candidates.values()) <= 1
            clock.advance(seconds(duration))
            assert sum(each.leads() for each in candidates.values()) <= 1


@given(MOVES)
def test_after_any_failure_a_process_leads_again_soon(moves: list[tuple[str, float]]) -> None:
    clock = FakeClock()
    leases = FakeLeases(clock)
    candidates = {identity: candidate(leases, clock, identity) for identity in "abc"}
    with capture_logs():
        for move, duration in moves:
            if move in candidates:
                candidates[move].run_once()
            leases.fault = HANGS if move == "fault" else None if move == "mended" else leases.fault
            clock.advance(seconds(duration))
        leases.fault = None
        for _ in range(9):
            for each in candidates.values():
                each.run_once()
            clock.advance(seconds(2))
        for each in candidates.values():
            each.run_once()
    assert sum(each.leads() for each in candidates.values()) == 1
