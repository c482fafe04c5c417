"""Until when digests were sent, in the state file."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from watch_cluster.adapters.docker.state.store import Store
from watch_cluster.application.ports.orchestrator.workload_reader import OrchestratorUnavailable
from watch_cluster.application.ports.reporting.digests import DigestLogUnavailable

_PREFIX: Final = "digest/"


class FileDigestLog:
    """Implements the port `DigestLog` in the store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def sent(self) -> Mapping[str, datetime]:
        """Read the store. Raises `DigestLogUnavailable`."""
        try:
            return self._store.moments(_PREFIX)
        except OrchestratorUnavailable as error:
            raise DigestLogUnavailable(str(error)) from error

    def note(self, channel: str, until: datetime) -> None:
        """Write the time to the store. Raises `DigestLogUnavailable`."""
        try:
            self._store.put_moment(f"{_PREFIX}{channel}", until)
        except OrchestratorUnavailable as error:
            raise DigestLogUnavailable(str(error)) from error
