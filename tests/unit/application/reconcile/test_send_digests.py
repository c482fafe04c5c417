"""Digests: sent when their schedule fires, with all that happened since the last one, whatever happens to a process."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.fakes.timing import FakeClock
from tests.unit.application.shop import CART, SHOP, WATCHED, TracedOrchestrator, app, read_policy
from watch_cluster.adapters.cron.scheduler import CronScheduler
from watch_cluster.adapters.memory.digest_log import MemoryDigestLog
from watch_cluster.application.ports.reporting.digests import DigestLogUnavailable, DigestNotSent
from watch_cluster.application.reconcile.send_digests import SETTLING, DigestChannel, SendDigests
from watch_cluster.application.state.policy_cache import PolicyCache
from watch_cluster.application.state.workload_state import WorkloadStates
from watch_cluster.domain.policy.rollout_settings import RolloutSettings
from watch_cluster.domain.policy.values.channels import ChannelNames
from watch_cluster.domain.rollout.changes import closed_record, new_record
from watch_cluster.domain.rollout.digest import MOST_ENTRIES, Digest, DigestEntry, HeldFact
from watch_cluster.domain.rollout.notification import NotificationType
from watch_cluster.domain.rollout.record.history import History
from watch_cluster.domain.rollout.record.lifecycle import RolloutState
from watch_cluster.domain.schedule import Schedule
from watch_cluster.domain.workload import annotation
from watch_cluster.domain.workload.workload import ImageChange, WorkloadKey

SEOUL = ZoneInfo("Asia/Seoul")
EVE = datetime(2030, 12, 31, 23, tzinfo=UTC)
"""In Seoul, it is eight in the morning."""
DAY = timedelta(days=1)
ALL = frozenset(NotificationType)


class Sender:
    """A channel that keeps what it gets, or fails."""

    def __init__(self) -> None:
        self.got: list[Digest] = []
        self.fault: DigestNotSent | None = None

    def send(self, digest: Digest) -> None:
        if self.fault is not None:
            raise self.fault
        self.got.append(digest)

    def lines(self) -> list[list[tuple[str, str]]]:
        return [[(entry.type.value, entry.text) for entry in digest.entries] for digest in self.got]


class Team:
    """Workloads, a channel with a digest at nine in Seoul, and processes that come and go."""

    def __init__(self) -> None:
        self.clock = FakeClock(EVE)
        self.orchestrator = TracedOrchestrator(self.clock)
        self.sender, self.log = Sender(), MemoryDigestLog()
        self.types = ALL
        self.restart()

    def restart(self) -> None:
        channel = DigestChannel("team", Schedule.parse("0 0 9 * * ?"), SEOUL, self.types, self.sender)
        self.states = WorkloadStates()
        self.send = SendDigests(
            (channel,),
            ChannelNames({"team": ("default",)}),
            "",
            self.orchestrator,
            self.states,
            PolicyCache(read_policy, self.states),
            self.log,
            CronScheduler(),
            self.clock,
        )

    def deploy(self, key: WorkloadKey = SHOP, **settings: str) -> None:
        written = {f"{annotation.DOMAIN}/{name}": value for name, value in {"notify": "team", **settings}.items()}
        self.orchestrator.create(key, [app()], {**WATCHED, **written})

    def roll_out(self, tag: str, state: RolloutState, message: str = "", key: WorkloadKey = SHOP) -> None:
        workload = self.orchestrator.find(key)
        assert workload is not None
        now = self.clock.now()
        images = (ImageChange("app", "shop:0", f"shop:{tag}"),)
        record = new_record(workload, images, RolloutSettings(timedelta(minutes=1)), now)
        history = History.of(workload).with_record(closed_record(record, state, message, now))
        self.orchestrator.annotate(key, {annotation.HISTORY: str(history)})

    def day(self) -> None:
        self.clock.advance(DAY)
        self.send()


@pytest.fixture
def team() -> Team:
    made = Team()
    made.deploy()
    made.send()
    return made


def test_tells_at_the_hour_of_its_zone_what_ended_since_the_last_one(team: Team) -> None:
    team.roll_out("1", RolloutState.DONE)
    team.clock.advance(timedelta(minutes=60))
    team.send()
    assert team.sender.lines() == []

    team.clock.advance(timedelta(minutes=1))
    team.send()
    team.roll_out("2", RolloutState.ROLLED_BACK, "it crashed")
    team.send()
    assert team.sender.lines() == [[("IMAGE_ROLLOUT_COMPLETED", "shop:0 -> shop:1")]]

    team.day()
    assert team.sender.lines()[1:] == [[("IMAGE_ROLLED_BACK", "shop:0 -> shop:2: it crashed")]]


def test_what_ends_while_a_digest_is_made_is_in_the_next_one(team: Team) -> None:
    team.clock.advance(timedelta(hours=1, minutes=1))
    ended = team.clock.now()
    team.roll_out("0", RolloutState.DONE)
    team.clock.advance(timedelta(seconds=1))
    team.send()
    assert team.sender.got == []
    assert team.log.sent()["team"] < ended
    team.day()
    assert team.sender.lines() == [[("IMAGE_ROLLOUT_COMPLETED", "shop:0 -> shop:0")]]


def test_says_nothing_when_nothing_happened(team: Team) -> None:
    team.day()
    team.roll_out("1", RolloutState.DONE)
    team.day()
    assert [len(lines) for lines in team.sender.lines()] == [1]


def test_tells_what_is_held_as_the_last_check_found_it(team: Team) -> None:
    team.states.of(SHOP).held = (HeldFact(NotificationType.UPDATE_HELD, "not signed"),)
    team.day()
    assert team.sender.lines() == [[("UPDATE_HELD", "not signed")]]


def test_what_waits_for_a_person_and_invalid_settings_are_told_by_a_process_that_checked_nothing(team: Team) -> None:
    team.orchestrator.annotate(SHOP, {annotation.PENDING: "1.1.0"})
    team.deploy(CART, strategy="odd")
    team.restart()
    team.day()
    [[cart, shop]] = team.sender.lines()
    assert cart[0] == "CONFIGURATION_INVALID"
    assert shop == ("APPROVAL_NEEDED", "1.1.0 waits")


def test_a_process_that_was_away_at_the_hour_sends_one_digest_for_all_the_time(team: Team) -> None:
    team.roll_out("1", RolloutState.DONE)
    team.clock.advance(3 * DAY)
    team.roll_out("2", RolloutState.DONE)
    team.clock.advance(SETTLING)
    team.restart()
    team.send()
    team.send()
    assert [[text for _, text in lines] for lines in team.sender.lines()] == [["shop:0 -> shop:1", "shop:0 -> shop:2"]]


def test_a_channel_that_is_away_gets_everything_once_it_is_back(team: Team) -> None:
    team.roll_out("1", RolloutState.DONE)
    team.sender.fault = DigestNotSent("status 503", transient=True)
    team.clock.advance(timedelta(hours=1, minutes=1))
    failed = team.send()
    assert failed is not None
    assert failed.error is team.sender.fault
    assert team.send() is None

    team.roll_out("2", RolloutState.DONE)
    team.sender.fault = None
    team.clock.advance(timedelta(minutes=1))
    team.send()
    assert [len(lines) for lines in team.sender.lines()] == [2]


def test_a_channel_that_rejects_a_digest_is_not_asked_again_until_the_next_one(team: Team) -> None:
    team.roll_out("1", RolloutState.DONE)
    team.sender.fault = DigestNotSent("status 404", transient=False)
    team.day()
    team.sender.fault = None
    team.clock.advance(timedelta(minutes=30))
    assert team.send() is None
    assert team.sender.got == []


def test_a_process_that_is_killed_before_the_log_is_written_repeats_the_digest_and_loses_nothing(
    team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    team.roll_out("1", RolloutState.DONE)

    def killed(_channel: str, _until: datetime) -> None:
        raise DigestLogUnavailable("killed")

    monkeypatch.setattr(team.log, "note", killed)
    with pytest.raises(DigestLogUnavailable):
        team.day()
    monkeypatch.undo()
    team.restart()
    team.send()
    team.send()
    assert team.sender.lines() == [[("IMAGE_ROLLOUT_COMPLETED", "shop:0 -> shop:1")]] * 2


def test_tells_only_the_types_and_the_workloads_of_its_channel(team: Team) -> None:
    team.types = frozenset({NotificationType.IMAGE_ROLLOUT_FAILED})
    team.restart()
    elsewhere = WorkloadKey("elsewhere", "Deployment", "shop")
    team.deploy(elsewhere)
    team.deploy(CART, notify="another")
    for key in (elsewhere, CART, SHOP):
        team.roll_out("1", RolloutState.FAILED, "it crashed", key)
    team.roll_out("2", RolloutState.DONE)
    team.day()
    [digest] = team.sender.got
    assert [entry.workload for entry in digest.entries] == [SHOP]


def test_a_clock_that_was_set_back_sends_nothing_twice(team: Team) -> None:
    team.roll_out("1", RolloutState.DONE)
    team.day()
    team.clock.jump(-10 * DAY)
    team.send()
    team.day()
    assert len(team.sender.got) == 1


def test_a_namespace_with_many_entries_leaves_room_for_the_others(team: Team) -> None:
    noisy = [DigestEntry(NotificationType.UPDATE_HELD, WorkloadKey("a", "Deployment", str(n)), "") for n in range(3000)]
    quiet = DigestEntry(NotificationType.UPDATE_HELD, WorkloadKey("b", "Deployment", "shop"), "")
    digest = Digest.of(EVE, EVE + DAY, team.types, [*noisy, quiet])
    assert digest.entries[1] == quiet
    assert (len(digest.entries), digest.omitted) == (MOST_ENTRIES, 3001 - MOST_ENTRIES)
