"""Digests are sent while this process leads, and a channel that is away is logged once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from tests.unit.application.reconcile.test_send_digests import DAY, Team
from watch_cluster.adapters.workers import Workers
from watch_cluster.application.ports.reporting.digests import DigestLogUnavailable, DigestNotSent
from watch_cluster.domain.rollout.record.lifecycle import RolloutState
from watch_cluster.entrypoints.controller.digest_watch import DigestWatch


@pytest.fixture
def team() -> Team:
    made = Team()
    made.deploy()
    made.send()
    made.roll_out("1", RolloutState.DONE)
    made.clock.advance(DAY)
    return made


def watch(team: Team, *, leading: bool = True) -> DigestWatch:
    return DigestWatch(lambda: leading, team.send, Workers())


def test_a_digest_that_is_due_is_sent_once(team: Team) -> None:
    with capture_logs() as logs:
        watch(team).send()
        watch(team).send()
    assert len(team.sender.got) == 1
    assert [(log["event"], log["receiver"], log["entries"]) for log in logs] == [("digest sent", "team", 1)]


def test_only_the_leader_sends(team: Team) -> None:
    watch(team, leading=False).send()
    assert team.sender.got == []


def test_a_channel_that_is_away_is_logged_once(team: Team) -> None:
    watching = watch(team)
    team.sender.fault = DigestNotSent("status 503", transient=True)
    with capture_logs() as logs:
        for _ in range(3):
            watching.send()
            team.clock.advance(timedelta(minutes=20))
    assert [(log["event"], log["error"]) for log in logs] == [("digest not delivered; retrying", "status 503")]


def test_a_digest_that_is_rejected_is_logged(team: Team) -> None:
    team.sender.fault = DigestNotSent("status 404", transient=False)
    with capture_logs() as logs:
        watch(team).send()
    assert [log["event"] for log in logs] == ["digest rejected by a channel, not retrying"]


def test_a_log_that_cannot_be_read_is_logged_once(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    def unavailable() -> dict[str, object]:
        raise DigestLogUnavailable("the API server does not answer")

    monkeypatch.setattr(team.log, "sent", unavailable)
    watching = watch(team)
    with capture_logs() as logs:
        watching.send()
        watching.send()
    assert [log["event"] for log in logs] == ["digests cannot be sent; retrying"]
