"""The process dies before or after any write around channels, and all of them get everything, at most twice."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.simulation.test_kills import CRASHES, ENDS, GOOD, SHOP, Cluster, DeliveryStatus, MortalOutbox
from watch_cluster.adapters.cron.scheduler import CronScheduler
from watch_cluster.adapters.memory.digest_log import MemoryDigestLog
from watch_cluster.adapters.re2.tag_patterns import compile_tag_pattern
from watch_cluster.application.reconcile.route_notifications import RoutedOutbox
from watch_cluster.application.reconcile.send_digests import DigestChannel, SendDigests
from watch_cluster.application.state.policy_cache import PolicyCache
from watch_cluster.application.state.workload_state import WorkloadStates
from watch_cluster.domain.policy.policy_reader import PolicyReader
from watch_cluster.domain.policy.values.channels import ChannelNames
from watch_cluster.domain.rollout.digest import Digest
from watch_cluster.domain.rollout.notification import Notification, NotificationType
from watch_cluster.domain.schedule import Schedule
from watch_cluster.domain.workload import annotation

NAMES = ChannelNames({"team": (), "on-call": (), "daily": ()})
EVERY_TEN_MINUTES = Schedule.parse("0 */10 * * * ?")


class MortalDigests(MemoryDigestLog):
    """A log and a channel; the process may die of both."""

    def __init__(self, status_of: DeliveryStatus) -> None:
        super().__init__()
        self._fate = status_of
        self.arrived: list[Digest] = []

    def send(self, digest: Digest) -> None:
        self._fate.write(lambda: self.arrived.append(digest))

    def note(self, channel: str, until: datetime) -> None:
        self._fate.write(lambda: super(MortalDigests, self).note(channel, until))


class MortalRoutes(RoutedOutbox):
    """A webhook and two channels, of which a new process knows nothing."""

    def __init__(self, webhook: MortalOutbox, channels: dict[str, MortalOutbox], cluster: Cluster) -> None:
        super().__init__(webhook, channels, NAMES, cluster.orchestrator)
        self._all = (webhook, *channels.values())

    def forget(self) -> None:
        for each in self._all:
            each.forget()

    @property
    def delivered(self) -> list[Notification]:
        return self._all[0].delivered


class WithChannels(Cluster):
    """A cluster whose workload names two channels and one with a digest."""

    def __init__(self, at: int | None, story: str, *, after: bool) -> None:
        behavior = {"a success": GOOD, "a failure that is rolled back": CRASHES}[story]
        super().__init__(DeliveryStatus(at, after=after), {"1.0.1": behavior}, ("shop",))
        self.orchestrator.annotate(SHOP, {annotation.NOTIFY: "team,on-call,daily"})
        self.channels = {name: MortalOutbox(self.status_of) for name in ("team", "on-call")}
        self.outbox = MortalRoutes(self.outbox, self.channels, self)  # type: ignore[assignment]
        self.digests = MortalDigests(self.status_of)

    def tick(self) -> None:
        states = WorkloadStates()
        channel = DigestChannel("daily", EVERY_TEN_MINUTES, ZoneInfo("UTC"), frozenset(NotificationType), self.digests)
        SendDigests(
            (channel,),
            NAMES,
            "",
            self.orchestrator,
            states,
            PolicyCache(PolicyReader(compile_tag_pattern), states),
            self.digests,
            CronScheduler(),
            self.clock,
        )()

    def told(self) -> dict[str, Counter[str]]:
        """How often each end arrived in each channel."""
        ends = {
            name: Counter(kind for each in outbox.delivered if (kind := each.id.partition("-")[2]) in ENDS)
            for name, outbox in self.channels.items()
        }
        entries = (entry for digest in self.digests.arrived for entry in digest.entries)
        return {**ends, "daily": Counter(entry.text for entry in entries)}


def told(story: str, at: int | None = None, *, after: bool = False) -> WithChannels:
    cluster = WithChannels(at, story, after=after)
    cluster.run(timedelta(minutes=30))
    return cluster


@pytest.mark.parametrize("after", [False, True], ids=["before it takes effect", "after it has taken effect"])
@pytest.mark.parametrize("story", ["a success", "a failure that is rolled back"])
def test_a_kill_at_any_write_loses_nothing_in_any_channel(story: str, *, after: bool) -> None:
    undisturbed = told(story)
    expected = undisturbed.told()
    assert all(counts and set(counts.values()) == {1} for counts in expected.values())
    for at in range(1, undisturbed.status_of.writes + 1):
        arrived = told(story, at, after=after).told()
        for name, counts in arrived.items():
            assert counts.keys() == expected[name].keys(), f"{name}, when the process died at write {at}"
            assert max(counts.values()) <= 2, f"{name}, when the process died at write {at}"
