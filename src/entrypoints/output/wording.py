"""How images and times are written for people, in little space."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Final

from watch_cluster.domain.images.reference import ImageReference, InvalidImageReference

_SHORT_DIGEST: Final = 12
_DIGEST: Final = re.compile(r"@sha256:([0-9a-f]{12})[0-9a-f]{52}")
_NOW: Final = timedelta(seconds=1)
_MINUTE: Final = timedelta(minutes=1)
_HOUR: Final = timedelta(hours=1)
_TWO_DAYS: Final = timedelta(days=2)


def relative(moment: datetime | None, now: datetime) -> str:
    """Say how far away a moment is: `in 12 min`, `3 d ago`; `never` for None.

    >>> from datetime import UTC
    >>> noon = datetime(2026, 1, 1, 12, tzinfo=UTC)
    >>> relative(noon + timedelta(minutes=90), noon), relative(noon - timedelta(seconds=5), noon)
    ('in 1 h', '5 s ago')
    """
    if moment is None:
        return "never"
    distance = abs(moment - now)
    if distance < _NOW:
        return "now"
    if distance < _MINUTE:
        text = f"{int(distance.total_seconds())} s"
    elif distance < _HOUR:
        text = f"{distance // _MINUTE} min"
    elif distance < _TWO_DAYS:
        text = f"{distance // _HOUR} h"
    else:
        text = f"{distance.days} d"
    return f"in {text}" if moment >= now else f"{text} ago"


def due(moment: datetime | None, now: datetime) -> str:
    """Say when something is due: like `relative`, but `now` for a moment that is past.

    >>> from datetime import UTC
    >>> noon = datetime(2026, 1, 1, 12, tzinfo=UTC)
    >>> due(noon - timedelta(seconds=5), noon), due(noon + timedelta(minutes=5), noon)
    ('now', 'in 5 min')
    """
    return relative(None if moment is None else max(moment, now), now)


def image_change(before: str | None, after: str | None) -> str:
    """Write the repository once, and digests short.

    >>> image_change("registry.example/shop:1.0.0", "registry.example/shop:1.1.0")
    'registry.example/shop 1.0.0 → 1.1.0'
    >>> image_change("shop:1.0.0", None)
    'shop 1.0.0'
    """
    if before is None:
        return "-" if after is None else _short(after)
    if after is None:
        return _short(before)
    try:
        old, new = ImageReference.parse(before), ImageReference.parse(after)
    except InvalidImageReference:
        return f"{before} → {after}"
    if old.name != new.name:
        return f"{_short(before)} → {_short(after)}"
    return f"{old.name} {_version(old)} → {_version(new)}"


def shorten_digests(text: str) -> str:
    """Keep 12 digits of each digest in a sentence, and write arrows as arrows.

    >>> shorten_digests("shop:1 -> shop:2@sha256:" + "0" * 64)
    'shop:1 → shop:2@000000000000'
    """
    return _DIGEST.sub(r"@\1", text).replace(" -> ", " → ")


def _short(image: str) -> str:
    try:
        reference = ImageReference.parse(image)
    except InvalidImageReference:
        return image
    return f"{reference.name} {_version(reference)}"


def _version(reference: ImageReference) -> str:
    if reference.digest is None:
        return reference.effective_tag or ""
    digest = reference.digest.partition(":")[2][:_SHORT_DIGEST]
    return digest if reference.tag is None else f"{reference.tag}@{digest}"
