from __future__ import annotations

from datetime import UTC, datetime, timedelta

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from watch_cluster.adapters.oci.http.request import Response
from watch_cluster.adapters.oci.retry.retry_after import retry_after

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def wished(body: bytes = b"", header: str | None = None) -> timedelta | None:
    headers = httpx.Headers([] if header is None else [(b"Retry-After", header.encode("latin-1", "replace"))])
    at = retry_after(Response(httpx.URL("https://r.test"), 429, headers, body), NOW)
    return None if at is None else at - NOW


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            "retry-after: 880.092µs, allowed: 44000/minute", timedelta(microseconds=880), id="as GitHub says it"
        ),
        pytest.param('{"message":"retry-after: 880.092µs"}', timedelta(microseconds=880), id="in JSON"),
        pytest.param('{"message":"retry-after: 880.092\\u00b5s"}', timedelta(microseconds=880), id="by its number"),
        pytest.param("retry-after: 5\u03bcs", timedelta(microseconds=5), id="the letter of Greek"),
        pytest.param("retry-after: 5us", timedelta(microseconds=5), id="us"),
        pytest.param("retry-after: 5000ns", timedelta(microseconds=5), id="ns"),
        pytest.param("retry-after: 12.5ms", timedelta(milliseconds=12.5), id="ms"),
        pytest.param("Retry-After: 2s", timedelta(seconds=2), id="s"),
        pytest.param("retry-after:2s", timedelta(seconds=2), id="without a space"),
        pytest.param("retry-after: 1m30.5s", timedelta(seconds=90.5), id="m and s"),
        pytest.param("retry-after: 1h2m3s", timedelta(hours=1, minutes=2, seconds=3), id="h, m and s"),
        pytest.param("retry-after: 999999999h", DAY, id="for ever is a day"),
        pytest.param("retry-after: 0s", timedelta(), id="at once"),
        pytest.param("retry-after: 5", None, id="no unit"),
        pytest.param("retry-after: 5d", None, id="a unit that Go does not have"),
        pytest.param("retry-after: -5s", None, id="negative"),
        pytest.param("retry-after: 1.2.3s", None, id="no number"),
        pytest.param("retry-after: soon", None, id="a word"),
        pytest.param("retry-after: ٣s", None, id="digits beyond ASCII"),
        pytest.param("later", None, id="nothing"),
    ],
)
def test_reads_retry_after_from_the_body(text: str, expected: timedelta | None) -> None:
    assert wished(text.encode()) == expected


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        pytest.param("7", timedelta(seconds=7), id="seconds"),
        pytest.param("Mon, 23 Nov 2026 03:00:10 GMT", timedelta(seconds=10), id="a date"),
        pytest.param("soon", timedelta(seconds=1), id="a header that says nothing"),
        pytest.param("", timedelta(seconds=1), id="an empty header"),
    ],
)
def test_the_header_counts_more_than_the_body(header: str, expected: timedelta) -> None:
    assert wished(b"retry-after: 1s", header) == expected


@given(st.binary(), st.text())
def test_every_retry_after_stays_within_bounds(body: bytes, header: str) -> None:
    at = wished(b"retry-after: " + body, header)
    assert at is None or timedelta() <= at <= DAY
