"""Until when digests were sent, on a Lease of their own: the permission on Leases exists for leader election anyway."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from watch_cluster.adapters.kubernetes.lease.leadership import Leases
from watch_cluster.adapters.kubernetes.lease.record import parse_tick
from watch_cluster.adapters.kubernetes.lease.store import LeaseConflict, LeaseUnavailable
from watch_cluster.application.ports.reporting.digests import DigestLogUnavailable

NAME: Final = "watch-cluster-digests"
DIGESTS: Final = "watch-cluster.io/digests"
"""The annotation with a JSON object: each channel, and the time in ISO 8601."""
_MAX_CHARACTERS: Final = 64 * 1024
_MAX_CHANNELS: Final = 200
_ATTEMPTS: Final = 5
_TIMEOUT_SECONDS: Final = 5.0


class LeaseDigestLog:
    """Implements the port `DigestLog` on the Lease `watch-cluster-digests`."""

    def __init__(self, leases: Leases) -> None:
        self._leases = leases

    def sent(self) -> Mapping[str, datetime]:
        """Read the Lease. Raises `DigestLogUnavailable`."""
        try:
            record = self._leases.read(_TIMEOUT_SECONDS)
        except LeaseUnavailable as error:
            raise DigestLogUnavailable(str(error)) from error
        return {} if record is None else _parse(record.annotation(DIGESTS))

    def note(self, channel: str, until: datetime) -> None:
        """Write the time of the channel to the Lease. Raises `DigestLogUnavailable`."""
        for _ in range(_ATTEMPTS):
            try:
                record = self._leases.read(_TIMEOUT_SECONDS) or self._leases.new(None)
                times = {**_parse(record.annotation(DIGESTS)), channel: until}
                latest = sorted(times.items(), key=lambda entry: entry[1])[-_MAX_CHANNELS:]
                content = json.dumps({name: moment.isoformat() for name, moment in latest}, separators=(",", ":"))
                self._leases.write(record.with_annotation(DIGESTS, content), _TIMEOUT_SECONDS)
            except LeaseConflict:
                continue
            except LeaseUnavailable as error:
                raise DigestLogUnavailable(str(error)) from error
            return
        raise DigestLogUnavailable(f"other replicas write the Lease {NAME} too often")


def _parse(text: str | None) -> dict[str, datetime]:
    """Read what `note` wrote. What else stands there is left out."""
    try:
        document = json.loads(text or "{}") if len(text or "") <= _MAX_CHARACTERS else None
    except (ValueError, RecursionError):
        return {}
    if not isinstance(document, dict):
        return {}
    times = {name: parse_tick(str(moment)) for name, moment in document.items()}
    return {name: moment for name, moment in times.items() if moment is not None}
