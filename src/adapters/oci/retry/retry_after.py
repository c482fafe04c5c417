"""Reads when a server allows the next request, in every form that servers use.

Sources: RFC 9110, section 10.2.3; https://pkg.go.dev/time#Duration.String for the text in
errors of GitHub's registry.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

from watch_cluster.adapters.oci.http.request import Response

_LATEST: Final = timedelta(days=1)
_MAX_DIGITS: Final = 9
_IN_BODY: Final = re.compile(
    r"retry-after: *((?:[0-9]{1,9}(?:\.[0-9]{1,9})?(?:ns|us|\u00b5s|\u03bcs|ms|s|m|h)){1,3})(?![0-9A-Za-z.])",
    re.ASCII | re.IGNORECASE,
)
_PART: Final = re.compile(r"([0-9.]+)(\D+)", re.ASCII)
_SECONDS: Final = {
    "ns": 1e-9,
    "us": 1e-6,
    "\u00b5s": 1e-6,  # the micro sign
    "\u03bcs": 1e-6,  # the Greek letter
    "ms": 1e-3,
    "s": 1.0,
    "m": 60.0,
    "h": 3600.0,
}


def retry_after(response: Response, now: datetime, resets_at: datetime | None = None) -> datetime | None:
    """Return the time, at least now and at most a day later; None if the server does not name one.

    It uses the header `Retry-After`, in seconds or as a date; without a valid one, `retry-after: 880.092µs` in the
    body; otherwise `resets_at`, the time at which an exhausted rate limit resets.
    """
    at = _by_header(response.headers.get("retry-after", "").strip(), now) or _by_body(response.body, now) or resets_at
    return None if at is None else min(now + _LATEST, max(now, at))


def _by_header(text: str, now: datetime) -> datetime | None:
    if text.isascii() and text.isdigit():
        # Truncated: the number may be too large for a date.
        return now + timedelta(seconds=int(text[:_MAX_DIGITS]))
    try:
        at = parsedate_to_datetime(text)
        return at.replace(tzinfo=at.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _by_body(body: bytes, now: datetime) -> datetime | None:
    # JSON may escape the micro sign.
    text = body.decode("utf-8", "replace").replace("\\u00b5", "\u00b5").replace("\\u03bc", "\u03bc")
    found = _IN_BODY.search(text)
    if found is None:
        return None
    seconds = sum(float(number) * _SECONDS[unit.lower()] for number, unit in _PART.findall(found[1]))
    return now + min(_LATEST, timedelta(seconds=seconds))
