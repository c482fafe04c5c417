"""What registries say of their limits."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.servers.registry import RegistryServer, Reply, tags_reply
from tests.unit.adapters.oci.conftest import Connect, StandingClock
from watch_cluster.adapters.oci.registry import OciImageRegistry
from watch_cluster.adapters.oci.retry.rate_limits import LatestRateLimits, describe_rate_limit, read_rate_limit
from watch_cluster.application.ports.registry.image_registry import RegistryUnavailable
from watch_cluster.domain.images.rate_limit import RateLimit
from watch_cluster.domain.images.reference import Repository

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
SIX_HOURS = timedelta(hours=6)
AT_FOUR = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
HUB = "registry-1.docker.io"


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        pytest.param(
            {"RateLimit-Limit": "100;w=21600", "RateLimit-Remaining": "12;w=21600"},
            RateLimit(100, 12, SIX_HOURS, None),
            id="Docker Hub",
        ),
        pytest.param(
            {"RateLimit-Limit": "100", "RateLimit-Remaining": "0", "RateLimit-Reset": "3600"},
            RateLimit(100, 0, None, AT_FOUR),
            id="seconds until the reset",
        ),
        pytest.param(
            {
                "X-RateLimit-Limit": "5000",
                "X-RateLimit-Remaining": "4999",
                "X-RateLimit-Reset": str(int(AT_FOUR.timestamp())),
            },
            RateLimit(5000, 4999, None, AT_FOUR),
            id="GitHub, with the moment of the reset",
        ),
        pytest.param({"RateLimit-Limit": "10, 10;w=1, 50;w=60"}, RateLimit(10, None, None, None), id="several limits"),
        pytest.param(
            {"RateLimit-Remaining": " 3 ; w=60"}, RateLimit(None, 3, timedelta(minutes=1), None), id="no limit"
        ),
        pytest.param({"RateLimit-Limit": "5;comment=x"}, RateLimit(5, None, None, None), id="another parameter"),
        pytest.param({"RateLimit-Limit": "5;w=0"}, RateLimit(5, None, None, None), id="no window"),
        pytest.param(
            {"RateLimit-Limit": "5", "X-RateLimit-Limit": "6"},
            RateLimit(5, None, None, None),
            id="both kinds of headers",
        ),
        pytest.param(
            {"RateLimit-Limit": "x", "X-RateLimit-Limit": "6"},
            RateLimit(6, None, None, None),
            id="only one that is usable",
        ),
        pytest.param(
            {"RateLimit-Limit": "5", "RateLimit-Reset": "999999999999"},
            RateLimit(5, None, None, None),
            id="no such moment",
        ),
        pytest.param({"RateLimit-Reset": "5"}, None, id="a reset alone"),
        pytest.param({"RateLimit-Limit": "-5"}, None, id="a negative number"),
        pytest.param({"RateLimit-Limit": "1.5"}, None, id="no whole number"),
        pytest.param({"RateLimit-Limit": "9" * 400}, None, id="a number without end"),
        pytest.param({"RateLimit-Limit": ""}, None, id="empty"),
        pytest.param({}, None, id="nothing"),
    ],
)
def test_a_rate_limit_is_read_from_the_headers(headers: dict[str, str], expected: RateLimit | None) -> None:
    assert read_rate_limit(httpx.Headers(headers), NOW) == expected


@given(st.text(), st.text(), st.text())
def test_no_header_breaks_anything(limit: str, remaining: str, reset: str) -> None:
    headers = {"ratelimit-limit": limit, "ratelimit-remaining": remaining, "ratelimit-reset": reset}
    rate_limit = read_rate_limit(headers, NOW)
    assert rate_limit is None or describe_rate_limit(rate_limit, "r.test", NOW)


@pytest.mark.parametrize(
    ("host", "rate_limit", "told"),
    [
        pytest.param(
            HUB, RateLimit(100, 0, SIX_HOURS, AT_FOUR), "Docker Hub: 0 of 100 pulls left until 04:00 UTC", id="all"
        ),
        pytest.param(HUB, RateLimit(100, 0, SIX_HOURS, None), "Docker Hub: 0 of 100 pulls left", id="no reset"),
        pytest.param("r.test", RateLimit(9, 3, None, None), "r.test: 3 of 9 requests left", id="another registry"),
        pytest.param("r.test", RateLimit(None, 3, None, None), "r.test: 3 requests left", id="no limit"),
        pytest.param("r.test", RateLimit(9, None, None, None), "r.test: at most 9 requests", id="a limit alone"),
        pytest.param(
            "r.test",
            RateLimit(9, 0, None, AT_FOUR + timedelta(days=1)),
            "r.test: 0 of 9 requests left until 2026-11-24 04:00 UTC",
            id="another day",
        ),
        pytest.param("r.test", RateLimit(9, 0, None, NOW), "r.test: 0 of 9 requests left", id="a reset that is over"),
    ],
)
def test_a_rate_limit_is_described_without_what_is_unknown(host: str, rate_limit: RateLimit, told: str) -> None:
    assert describe_rate_limit(rate_limit, host, NOW) == told


def test_keeps_the_last_rate_limit_of_each_registry() -> None:
    rate_limits = LatestRateLimits()
    rate_limits.record("r.test:5000", RateLimit(1, 1, None, None))
    rate_limits.record("r.test:5000", RateLimit(1, 0, None, None))
    rate_limits.record("docker.io", RateLimit(100, 7, None, None))
    assert rate_limits.of("r.test:5000") == RateLimit(1, 0, None, None)
    assert rate_limits.of("docker.io") == RateLimit(100, 7, None, None)
    assert rate_limits.of("r.test") is None


def test_evicts_the_rate_limit_that_was_reported_longest_ago() -> None:
    rate_limits = LatestRateLimits()
    for number in range(1001):
        rate_limits.record(f"r{number}.test", RateLimit(number, None, None, None))
    assert rate_limits.of("r0.test") is None
    assert rate_limits.of("r1.test") == RateLimit(1, None, None, None)


def test_every_response_of_a_registry_counts(connect: Connect, server: RegistryServer, app: Repository) -> None:
    rate_limits = LatestRateLimits()
    limits = (("RateLimit-Limit", "100;w=21600"), ("RateLimit-Remaining", "12;w=21600"))
    server.on_manifest("1", Reply(headers=(("Docker-Content-Digest", f"sha256:{'0' * 64}"), *limits)))
    connect(rate_limits=rate_limits).digest(app, "1")
    assert rate_limits.of(server.host) == RateLimit(100, 12, SIX_HOURS, None)


def test_redirect_targets_do_not_count(
    connect: Connect, server: RegistryServer, other_server: RegistryServer, app: Repository
) -> None:
    rate_limits = LatestRateLimits()
    server.on_tags(Reply(307, headers=(("Location", f"{other_server.url}/tags"),)))
    listed = tags_reply(["1"])
    other_server.on("/tags", Reply(200, listed.body, (*listed.headers, ("RateLimit-Limit", "5"))))
    connect(rate_limits=rate_limits).tags(app)
    assert rate_limits.of(other_server.host) is None


def test_an_exhausted_rate_limit_is_reported_and_waited_for(
    registry: OciImageRegistry, server: RegistryServer, app: Repository, clock: StandingClock
) -> None:
    limits = (("X-RateLimit-Limit", "60"), ("X-RateLimit-Remaining", "0"), ("X-RateLimit-Reset", "3600"))
    server.on_tags(Reply(429, headers=limits))
    with pytest.raises(
        RegistryUnavailable,
        match=rf"answered 429, too many requests \({server.host}: 0 of 60 requests left until 04:00 UTC\); no further"
        r" request is sent before 2026-11-23 04:00:00 UTC: check less often",
    ) as caught:
        registry.tags(app)
    assert caught.value.retry_at == clock.start + timedelta(hours=1)
    assert len(server.seen) == 1


@pytest.mark.parametrize(
    ("headers", "rest"),
    [
        pytest.param((("Retry-After", "120"),), timedelta(minutes=2), id="a wish counts more"),
        pytest.param((("RateLimit-Remaining", "3"),), timedelta(seconds=63.5), id="what is not spent is no reason"),
    ],
)
def test_the_reset_of_a_rate_limit_does_not_always_count(
    registry: OciImageRegistry,
    server: RegistryServer,
    app: Repository,
    clock: StandingClock,
    headers: tuple[tuple[str, str], ...],
    rest: timedelta,
) -> None:
    limits = (("RateLimit-Limit", "60"), ("RateLimit-Reset", "3600"), ("RateLimit-Remaining", "0"))
    given_names = {name for name, _ in headers}
    server.on_tags(Reply(429, headers=(*headers, *(each for each in limits if each[0] not in given_names))))
    with pytest.raises(RegistryUnavailable) as caught:
        registry.tags(app)
    assert caught.value.retry_at == clock.start + rest
