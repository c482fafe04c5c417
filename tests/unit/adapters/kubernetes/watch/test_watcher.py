from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from structlog.testing import capture_logs

from tests.fakes.timing import FakeClock
from tests.fakes.watch_timing import FakeTiming
from tests.servers.kubernetes_api import (
    LIMIT_SECONDS,
    FakeKubernetesApi,
    OpenWatch,
    Reply,
    deployment,
    listing,
    status,
)
from tests.unit.adapters.kubernetes.watching_view import RecordingView
from watch_cluster.adapters.kubernetes.client.api import KubernetesApi
from watch_cluster.adapters.kubernetes.resources.workloads.kinds import DEPLOYMENT
from watch_cluster.adapters.kubernetes.resources.workloads.workload_reading import WatchedWorkload
from watch_cluster.adapters.kubernetes.watch import watcher as watching
from watch_cluster.adapters.kubernetes.watch.backoff import FIRST_PAUSE, LONGEST_PAUSE
from watch_cluster.adapters.kubernetes.watch.refusals import LEFT_OUT_PAUSE, LET_GO_AFTER_SECONDS, REFUSED_PAUSE
from watch_cluster.adapters.kubernetes.watch.unreadable import UnreadableObjects
from watch_cluster.adapters.kubernetes.watch.watch_failures import WatchFailures
from watch_cluster.adapters.kubernetes.watch.watcher import Watcher
from watch_cluster.domain.workload.workload import WorkloadKey

GONE = Reply.refusal(410, "Expired", "too old resource version")
FORBIDDEN = Reply.refusal(403, "Forbidden", 'User "me" cannot list resource "deployments" at the cluster scope')
ABSENT = Reply.refusal(404, "NotFound", "the server could not find the requested resource")
UNAVAILABLE = Reply.refusal(503, "ServiceUnavailable", "not yet")
MINUTE = timedelta(minutes=1)


class World:
    """A watcher between a scripted server and a recording view."""

    def __init__(self, fake: FakeKubernetesApi, api: KubernetesApi) -> None:
        self.fake = fake
        self.clock = FakeClock()
        self.pace = FakeTiming(self.clock)
        self.view = RecordingView()
        self.api = api
        self.namespace: str | None = None
        self.unreadable = UnreadableObjects(self.clock.monotonic)

    @contextmanager
    def watching(self) -> Iterator[Watcher[WorkloadKey, WatchedWorkload]]:
        watcher = Watcher(
            self.api, DEPLOYMENT, self.namespace, self.view, self.pace.timing, WatchFailures(), self.unreadable
        )
        watcher.start()
        try:
            yield watcher
        finally:
            watcher.stop()
            watcher.join(LIMIT_SECONDS)
            assert watcher._thread is not None

            assert not watcher._thread.is_alive()

    def opened(self, *names: str) -> OpenWatch:
        """Wait until those were listed and a watch is open."""
        assert self.view.next() == ("all", *names)
        return self.fake.next_watch()

    def settled(self, watch: OpenWatch) -> OpenWatch:
        """Wait until the watcher has read what was sent so far."""
        watch.send("ADDED", deployment("mark", version="10"))
        assert self.view.next() == ("seen", "mark", "app:1")
        return watch

    def pauses(self, number: int) -> list[float]:
        return [self.pace.pauses.get(timeout=LIMIT_SECONDS) for _ in range(number)]

    def lists(self) -> list[dict[str, str]]:
        return [dict(each.query) for each in self.fake.requests if "watch" not in each.query]


@pytest.fixture
def world(connect: Callable[[int], KubernetesApi]) -> Iterator[World]:
    fake = FakeKubernetesApi()
    with fake:
        yield World(fake, connect(urlsplit(fake.url).port or 0))


def test_a_collection_is_listed_and_watched_from_there(world: World) -> None:
    world.fake.lists[0] = Reply.of(listing(deployment("web"), version="41"))

    with world.watching() as watcher:
        watch = world.opened("web")
        assert watcher.listed

    assert watch.query["resourceVersion"] == "41"
    assert watch.query["allowWatchBookmarks"] == "true"
    assert 240 <= int(watch.query["timeoutSeconds"]) <= 300
    assert world.fake.requests[0].path == "/apis/apps/v1/deployments"


def test_one_namespace_is_watched_alone(world: World) -> None:
    world.namespace = "team"

    with world.watching():
        world.opened()

    assert {each.path for each in world.fake.requests} == {"/apis/apps/v1/namespaces/team/deployments"}


def test_a_long_list_is_read_page_by_page(world: World) -> None:
    world.fake.lists.extendleft(
        [
            Reply.of(listing(deployment("two"), following="more")),
            Reply.of(listing(deployment("one"), following="some+/=&more")),
        ]
    )
    world.fake.lists[2] = Reply.of(listing(deployment("three"), version="7"))

    with world.watching():
        watch = world.opened("one", "two", "three")

    assert world.lists() == [
        {"limit": "50"},
        {"limit": "100", "continue": "some+/=&more"},
        {"limit": "200", "continue": "more"},
    ]
    assert watch.query["resourceVersion"] == "7"


def test_a_list_that_expires_between_two_pages_is_read_again_from_its_start(world: World) -> None:
    world.fake.lists.extendleft([GONE, Reply.of(listing(deployment("old"), following="more"))])
    world.fake.lists[2] = Reply.of(listing(deployment("new")))

    with world.watching():
        world.opened("new")

    assert world.lists()[-1] == {"limit": "50"}


def test_events_are_delivered_as_they_come(world: World) -> None:
    with world.watching():
        watch = world.opened()
        watch.send("ADDED", deployment("web", version="2"))
        assert world.view.next() == ("seen", "web", "app:1")
        watch.send("MODIFIED", deployment("web", version="3", image="app:2"))
        assert world.view.next() == ("seen", "web", "app:2")
        watch.send("DELETED", deployment("web", version="4"))
        assert world.view.next() == ("gone", "web")


def test_a_workload_that_opts_out_is_gone(world: World) -> None:
    world.fake.lists[0] = Reply.of(listing(deployment("web")))

    with world.watching():
        world.opened("web").send("MODIFIED", deployment("web", version="2", metadata={"annotations": {}}))
        assert world.view.next() == ("gone", "web")


@pytest.mark.parametrize("kind", ["MODIFIED", "BOOKMARK"])
def test_a_watch_that_ends_continues_from_the_last_version_without_a_list(world: World, kind: str) -> None:
    with world.watching():
        watch = world.settled(world.opened())
        watch.send(kind, deployment("web", version="99"))
        world.clock.advance(5 * MINUTE)
        watch.end()
        assert world.fake.next_watch().query["resourceVersion"] == "99"
        assert world.pace.pauses.empty()

    assert len(world.lists()) == 1


@pytest.mark.parametrize("breaking", [OpenWatch.end, OpenWatch.cut])
def test_watches_that_break_at_once_are_opened_again_ever_more_patiently(
    world: World, breaking: Callable[[OpenWatch], None]
) -> None:
    with capture_logs() as logs, world.watching():
        breaking(world.opened())
        for _ in range(6):
            breaking(world.fake.next_watch())
        world.fake.next_watch()

    assert world.pauses(7) == [FIRST_PAUSE, 1, 2, 4, 8, LONGEST_PAUSE, LONGEST_PAUSE]
    assert len(world.lists()) == 1
    assert [each["log_level"] for each in logs] == ["warning"]


def test_pauses_are_shortened_by_chance(world: World) -> None:
    world.pace = FakeTiming(world.clock, chance=0)

    with world.watching():
        world.opened().cut()
        world.fake.next_watch()

    assert world.pauses(1) == [FIRST_PAUSE / 2]


def test_the_back_off_resets_after_a_healthy_watch(world: World) -> None:
    with world.watching():
        world.opened().cut()
        world.fake.next_watch().cut()
        watch = world.settled(world.fake.next_watch())
        assert world.pauses(2) == [FIRST_PAUSE, 2 * FIRST_PAUSE]
        world.clock.advance(MINUTE)
        watch.cut()
        world.fake.next_watch()

    assert world.pauses(1) == [FIRST_PAUSE]


def test_a_failure_and_its_end_are_logged_once(world: World) -> None:
    with capture_logs() as logs, world.watching():
        world.opened().cut()
        world.fake.next_watch().cut()
        watch = world.fake.next_watch()
        watch.send("ADDED", deployment("web"))
        watch.send("MODIFIED", deployment("web"))
        world.view.next()
        world.view.next()

    first, second = logs
    assert (first["log_level"], second["log_level"]) == ("warning", "info")
    assert first["event"].startswith("cannot watch deployments in all namespaces: the API server cannot be reached")
    assert second["event"] == "watching deployments in all namespaces again"


def test_staleness_counts_from_the_last_list_or_line(world: World) -> None:
    with world.watching() as watcher:
        watch = world.opened()
        world.clock.advance(MINUTE)
        assert watcher.staleness == MINUTE.total_seconds()
        watch.send("ADDED", deployment("web"))
        world.view.next()
        world.settled(watch)
        assert watcher.staleness == 0
        world.clock.advance(MINUTE)
        assert watcher.staleness == MINUTE.total_seconds()


@pytest.mark.parametrize(("spoken", "level"), [(False, "debug"), (True, "info")])
def test_lists_again_after_a_silent_watch_without_a_warning(
    world: World, monkeypatch: pytest.MonkeyPatch, *, spoken: bool, level: str
) -> None:
    monkeypatch.setattr(watching, "SILENCE_SECONDS", 0.2)
    world.fake.lists.appendleft(Reply.of(listing(deployment("kept"), deployment("deleted"))))
    world.fake.lists[1] = Reply.of(listing(deployment("kept"), version="50"))

    with capture_logs() as logs, world.watching() as watcher:
        watch = world.opened("kept", "deleted")
        if spoken:
            world.settled(watch)
        world.clock.advance(MINUTE)
        assert world.opened("kept").query["resourceVersion"] == "50"
        assert world.pace.pauses.empty()
        assert watcher.staleness == 0

    assert [(each["log_level"], "been silent" in each["event"]) for each in logs] == [(level, True)]


def test_logs_a_shared_watch_failure_once_and_its_end_once() -> None:
    outage = WatchFailures()
    with capture_logs() as logs:
        for what in ("deployments", "pods", "deployments"):
            outage.begins(what, "unreachable", "no route")
        outage.begins("nodes", 500, "it fails")
        outage.ends("pods")
        outage.ends("pods")
        outage.ends("deployments")
        outage.begins("pods", "unreachable", "no route")
    assert [each["event"].partition(":")[0] for each in logs] == [
        "cannot watch deployments",
        "cannot watch nodes",
        "watching deployments again",
        "cannot watch pods",
    ]


@pytest.mark.parametrize("in_stream", [False, True], ids=["as an answer", "in the stream"])
def test_when_history_is_gone_the_collection_is_listed_again_at_once(world: World, in_stream: bool) -> None:
    world.fake.lists.appendleft(Reply.of(listing(deployment("kept"), deployment("deleted"))))
    world.fake.lists[1] = Reply.of(listing(deployment("kept"), version="50"))

    with world.watching():
        watch = world.settled(world.opened("kept", "deleted"))
        world.clock.advance(MINUTE)
        if in_stream:
            watch.send("ERROR", status(410, "Expired", "too old resource version"))
        else:
            world.fake.watches.append(GONE)
            watch.end()
        assert world.opened("kept").query["resourceVersion"] == "50"
        assert world.pace.pauses.empty()


def test_a_history_that_is_always_gone_makes_no_busy_loop(world: World) -> None:
    world.fake.watches.extend([GONE] * 4)

    with world.watching():
        for _ in range(5):
            assert world.view.next() == ("all",)
        world.fake.next_watch()

    assert world.pauses(4) == [FIRST_PAUSE, 1, 2, 4]


@pytest.mark.parametrize(
    "problem",
    [
        pytest.param(UNAVAILABLE, id="not yet"),
        pytest.param(Reply.refusal(401, "Unauthorized", "who are you"), id="a token that is not known"),
        pytest.param(Reply(200, b"<html>"), id="no JSON"),
        pytest.param(Reply(200, b'{"metadata": {}, "items": [{}]}'), id="another document"),
        pytest.param(Reply(200, b"{", short_by=100), id="half an answer"),
    ],
)
def test_a_list_that_fails_is_tried_again(world: World, problem: Reply) -> None:
    world.fake.lists.extendleft([problem, problem])

    with capture_logs() as logs, world.watching():
        world.opened()

    assert world.pauses(2) == [FIRST_PAUSE, 2 * FIRST_PAUSE]
    assert [each["log_level"] for each in logs] == ["warning"]


@pytest.mark.parametrize(
    ("retry_after", "pause"),
    [pytest.param("3", 3, id="granted"), pytest.param("86400", LONGEST_PAUSE, id="within reason")],
)
def test_the_server_may_require_a_longer_pause(world: World, retry_after: str, pause: float) -> None:
    world.fake.lists.appendleft(Reply.refusal(429, "TooManyRequests", "slow down", Retry_After=retry_after))

    with world.watching():
        world.opened()

    assert world.pauses(1) == [pause]


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(b'{"type":"ERROR","object":{"code":500,"message":"etcd"}}\n', id="an error of the server's"),
        pytest.param(b"<html>\n", id="no JSON"),
        pytest.param(b'{"type":"ADDED","object":{"metadata":5}}\n', id="another document"),
    ],
)
def test_a_stream_that_makes_no_sense_leads_to_a_new_list(world: World, sent: bytes) -> None:
    with world.watching():
        world.opened().send_bytes(sent)
        world.opened()

    assert world.pauses(1) == [FIRST_PAUSE]


def test_a_watch_that_is_refused_leads_to_a_new_list(world: World) -> None:
    world.fake.watches.append(UNAVAILABLE)

    with world.watching():
        assert world.view.next() == ("all",)
        world.opened()

    assert world.pauses(1) == [FIRST_PAUSE]


def test_the_collection_is_listed_again_every_few_hours(world: World) -> None:
    with world.watching():
        watch = world.opened()
        world.clock.advance(timedelta(hours=5))
        watch.end()
        world.opened()

    assert len(world.lists()) == 2


@pytest.mark.parametrize("refusal", [FORBIDDEN, ABSENT], ids=["forbidden", "not served"])
def test_a_refusal_that_lasts_leaves_the_kind_out_and_it_is_looked_at_again_later(world: World, refusal: Reply) -> None:
    world.fake.lists.extendleft([refusal] * 7)
    world.fake.lists[7] = Reply.of(listing(deployment("web")))

    with capture_logs() as logs, world.watching() as watcher:
        assert world.view.next() == ("all",)
        assert watcher.listed
        assert world.view.next() == ("all",)
        world.settled(world.opened("web"))

    assert world.pauses(7) == [REFUSED_PAUSE] * 5 + [LEFT_OUT_PAUSE] * 2
    warning, again = (each["event"] for each in logs)
    assert warning.startswith("cannot list deployments in all namespaces, so they are left out: the API server answers")
    assert ("k8s/rbac.yaml" in warning) is (refusal is FORBIDDEN)
    assert again == "watching deployments in all namespaces again"


def test_a_refusal_by_a_server_that_has_just_started_leaves_nothing_out(world: World) -> None:
    world.fake.lists.extendleft([FORBIDDEN] * 3)
    world.fake.lists[3] = Reply.of(listing(deployment("web")))

    with capture_logs() as logs, world.watching() as watcher:
        assert not watcher.listed
        world.opened("web")

    assert world.pauses(3) == [REFUSED_PAUSE] * 3
    assert logs == []


def test_keeps_watched_objects_while_a_refusal_may_be_a_restart(world: World) -> None:
    refusals = int(LET_GO_AFTER_SECONDS / REFUSED_PAUSE)
    world.pace = FakeTiming(world.clock, most=3 * refusals)
    world.fake.lists[0] = Reply.of(listing(deployment("web")))
    with world.watching():
        assert world.view.next() == ("all", "web")
        for number, told in ((refusals, ("all", "web")), (refusals + 1, ("all",))):
            watch = world.fake.next_watch()
            world.fake.lists.extendleft([FORBIDDEN] * number)
            watch.send("ERROR", status(410, "Expired", "too old resource version"))

            assert world.view.next() == told


def test_a_list_without_a_watch_is_left_out_too(world: World) -> None:
    world.fake.lists[0] = Reply.of(listing(deployment("web")))
    world.fake.watches.extend([FORBIDDEN] * 6)

    with world.watching():
        for _ in range(6):
            assert world.view.next() == ("all", "web")
        assert world.view.next() == ("all",)
        world.opened("web")

    assert world.pauses(6) == [REFUSED_PAUSE] * 5 + [LEFT_OUT_PAUSE]


def test_a_silent_watch_is_stopped_at_once_and_reports_nothing_afterwards(world: World) -> None:
    with capture_logs() as logs, world.watching():
        watch = world.opened()

    watch.send("ADDED", deployment("web"))
    assert world.view.silent()
    assert logs == []


def test_a_defect_of_ours_does_not_end_the_watch(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    with capture_logs() as logs, world.watching():
        watch = world.opened()
        monkeypatch.setattr(world.view, "seen", None)
        watch.send("ADDED", deployment("web"))
        world.opened()

    assert [each["event"] for each in logs] == ["failed to watch deployments in all namespaces"]


def test_an_object_that_cannot_be_read_is_gone_and_the_watch_continues(world: World) -> None:
    with capture_logs() as logs, world.watching():
        watch = world.opened()
        watch.send("ADDED", deployment("odd", version="2"))
        assert world.view.next() == ("seen", "odd", "app:1")
        watch.send("MODIFIED", deployment("odd", version="3", metadata={"generation": "many"}))
        assert world.view.next() == ("gone", "odd")
        world.clock.advance(5 * MINUTE)
        watch.end()
        assert world.fake.next_watch().query["resourceVersion"] == "3"

    assert [each["name"] for each in logs] == ["odd"]
