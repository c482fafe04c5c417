"""After too many requests a registry is left alone, and whoever asks hears until when."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.servers.registry import RegistryServer, Reply, Seen, challenge_reply, tags_reply
from tests.unit.adapters.oci.conftest import ALICE, BOB, StandingClock
from watch_cluster.adapters.oci.http.errors import Remedy, RequestError
from watch_cluster.adapters.oci.registry import OciImageRegistry
from watch_cluster.adapters.oci.retry.host_backoff import BackoffKey, HostBackoff
from watch_cluster.application.ports.registry.image_registry import RegistryUnavailable
from watch_cluster.domain.images.reference import Repository

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
APP: BackoffKey = ("r.test", None)


def too_many(wish: datetime | None = None) -> RequestError:
    return RequestError("r.test answered 429, too many requests", "check less often", Remedy.RETRY, wish, too_many=True)


def rest_after(backoff: HostBackoff, fault: RequestError, now: datetime, asker: BackoffKey = APP) -> timedelta:
    rest = backoff.after(asker, fault, now)
    assert rest is not None
    assert rest.retry_at is not None
    return rest.retry_at - now


@pytest.mark.parametrize(
    "problem",
    [
        pytest.param(Reply(429, headers=(("Retry-After", "7200"),)), id="429, seconds"),
        pytest.param(Reply(429, headers=(("Retry-After", "Mon, 23 Nov 2026 05:00:00 GMT"),)), id="429, a date"),
        pytest.param(Reply(429, b'{"errors":[{"message":"retry-after: 2h0m0s"}]}'), id="429, in the body"),
        pytest.param(Reply(503, headers=(("Retry-After", "7200"),)), id="503"),
    ],
)
def test_no_request_is_sent_before_retry_after(
    registry: OciImageRegistry, server: RegistryServer, app: Repository, clock: StandingClock, problem: Reply
) -> None:
    server.on_tags(problem)
    said = set()
    for _ in range(3):
        with pytest.raises(
            RegistryUnavailable, match="no further request is sent before 2026-11-23 05:00:00 UTC"
        ) as caught:
            registry.tags(app)
        assert caught.value.retry_at == clock.start + 2 * HOUR
        said.add(str(caught.value))
    assert len(server.seen) == 1
    assert len(said) == 1
    clock.passed += 7199
    with pytest.raises(RegistryUnavailable):
        registry.digest(app, "1")
    server.on_tags(tags_reply(["1"]))
    clock.passed += 1
    assert registry.tags(app) == ("1",)


def test_a_back_off_applies_to_one_host_and_one_credential(
    registry: OciImageRegistry, server: RegistryServer, other_server: RegistryServer, app: Repository
) -> None:
    def answer(seen: Seen) -> Reply:
        if seen.authorization is None:
            return challenge_reply(f'Bearer realm="http://{seen.headers["host"]}/token"')
        return tags_reply(["1"])

    def issue(seen: Seen) -> Reply:
        if seen.headers["authorization"] == ALICES:
            return Reply(429, headers=(("Retry-After", "7200"),))
        return Reply(200, b'{"token": "t0"}')

    for each in (server, other_server):
        each.on_tags(answer)
        each.on_tags(answer, "web")
    server.on("/token", issue)
    other_server.on("/token", Reply(200, b'{"token": "t0"}'))
    for name in ("app", "web"):
        with pytest.raises(RegistryUnavailable, match="no further request is sent"):
            registry.tags(Repository(server.host, name), (ALICE,))
    assert len(server.seen) == 2
    assert registry.tags(app, (BOB,)) == ("1",)
    assert registry.tags(app, (ALICE, BOB)) == ("1",), "a limit is a user's, and the next one may have room"
    assert registry.tags(Repository(other_server.host, "app"), (ALICE,)) == ("1",)


def test_a_registry_that_limits_requests_is_not_queried_for_each_repository(
    registry: OciImageRegistry, server: RegistryServer, clock: StandingClock
) -> None:
    for number in range(50):
        server.on_tags(Reply(429), f"app{number}")
        with pytest.raises(RegistryUnavailable):
            registry.tags(Repository(server.host, f"app{number}"))
    assert len(server.seen) == 4
    assert sum(clock.waits) < 10


ALICES = "Basic YWxpY2U6YWxpY2VzLXBhc3N3b3Jk"


def test_too_many_requests_without_retry_after_double_the_pause(
    registry: OciImageRegistry, server: RegistryServer, app: Repository, clock: StandingClock
) -> None:
    server.on_tags(Reply(429))
    pauses = []
    for _ in range(9):
        with pytest.raises(RegistryUnavailable) as caught:
            registry.tags(app)
        assert caught.value.retry_at is not None
        pause = caught.value.retry_at - clock.timing.now()
        pauses.append(pause / MINUTE)
        clock.passed += pause.total_seconds()
    assert pauses == [1, 2, 4, 8, 16, 32, 60, 60, 60]
    assert len(server.seen) == 9 * 4


def test_a_failing_server_without_retry_after_is_queried_each_time(
    registry: OciImageRegistry, server: RegistryServer, app: Repository
) -> None:
    server.on_tags(Reply(503))
    for _ in range(2):
        with pytest.raises(RegistryUnavailable) as caught:
            registry.tags(app)
        assert caught.value.retry_at is None
    assert len(server.seen) == 8


@pytest.mark.parametrize(
    ("later", "rest"),
    [
        pytest.param(timedelta(), MINUTE, id="told to several at the same time"),
        pytest.param(MINUTE, 2 * MINUTE, id="told again when the rest is over"),
        pytest.param(MINUTE + HOUR - timedelta(seconds=1), 2 * MINUTE, id="told again within an hour"),
        pytest.param(MINUTE + HOUR, MINUTE, id="told again after an hour"),
    ],
)
def test_a_back_off_doubles_only_while_failures_continue(later: timedelta, rest: timedelta) -> None:
    backoff = HostBackoff()
    assert rest_after(backoff, too_many(), NOW) == MINUTE
    assert rest_after(backoff, too_many(), NOW + later) == rest


@pytest.mark.parametrize(
    ("wish", "rest"),
    [
        pytest.param(timedelta(microseconds=880), MINUTE, id="too short to have helped"),
        pytest.param(timedelta(seconds=1), timedelta(seconds=1), id="a second"),
        pytest.param(timedelta(hours=5), timedelta(hours=5), id="hours"),
        pytest.param(timedelta(hours=-5), MINUTE, id="over"),
    ],
)
def test_retry_after_of_the_registry_counts(wish: timedelta, rest: timedelta) -> None:
    assert rest_after(HostBackoff(), too_many(NOW + wish), NOW) == rest


def test_a_shorter_retry_after_does_not_shorten_a_longer_pause() -> None:
    backoff = HostBackoff()
    rest_after(backoff, too_many(NOW + HOUR), NOW)
    assert rest_after(backoff, too_many(NOW + MINUTE), NOW) == HOUR
    assert rest_after(backoff, too_many(), NOW) == HOUR


def test_evicts_the_oldest_back_off() -> None:
    backoff = HostBackoff()
    askers: list[BackoffKey] = [(f"r{number}.test", None) for number in range(1001)]
    for asker in askers:
        rest_after(backoff, too_many(), NOW, asker)
    backoff.check(askers[0], NOW)
    for asker in (askers[1], askers[1000]):
        with pytest.raises(RequestError):
            backoff.check(asker, NOW)


@given(st.lists(st.timedeltas(min_value=timedelta(), max_value=timedelta(hours=3)), max_size=20))
def test_a_pause_without_retry_after_is_between_a_minute_and_an_hour(pauses: list[timedelta]) -> None:
    backoff, now = HostBackoff(), NOW
    for pause in pauses:
        now += pause
        before = backoff.after(APP, too_many(), now)
        assert before is not None
        assert before.retry_at is not None
        assert MINUTE <= before.retry_at - now <= HOUR
        with pytest.raises(RequestError):
            backoff.check(APP, before.retry_at - timedelta(microseconds=1))
        backoff.check(APP, before.retry_at)
