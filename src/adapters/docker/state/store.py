"""An embedded store of what Watch-Cluster writes about workloads: records, freezes, the last finished tick.

Without it nothing that runs is lost: the containers that we create carry the records of their creation in labels.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import structlog

from watch_cluster.application.ports.orchestrator.workload_reader import OrchestratorUnavailable
from watch_cluster.domain.workload.workload import WorkloadKey

FILE: Final = "watch-cluster.sqlite3"
_WAIT_SECONDS: Final = 10.0
_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS workloads (key TEXT PRIMARY KEY, version INTEGER NOT NULL, document TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS freezes (namespace TEXT PRIMARY KEY, reason TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS ticks (name TEXT PRIMARY KEY, moment TEXT NOT NULL);
"""
_TICK: Final = "last-tick"


@dataclass(frozen=True, slots=True)
class EffectiveImage:
    """The image and digest that a container has by our record, when a rollback started it again under a pinned one."""

    image: str
    digest: str | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """What is kept for a workload. A higher `version` is more current; 0 means that nothing is kept.

    `written` are our records, `hidden` the labels of its owner that were answered, such as `check-now`, with the value
    that was answered. `images` are by container id.
    """

    version: int = 0
    written: Mapping[str, str] = field(default_factory=dict)
    hidden: Mapping[str, str] = field(default_factory=dict)
    images: Mapping[str, EffectiveImage] = field(default_factory=dict)
    restoring: tuple[str, ...] = ()
    """The ids of the kept containers that are to run again: a rollback that was decided."""


class Store:
    """The store in a file of `folder`, or in memory when there is no such folder. Safe for threads and processes.

    Raises `OrchestratorUnavailable` when it cannot be read or written.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.lasting = folder.is_dir()
        """Whether it outlives the process."""
        self._lock = threading.RLock()
        self._where = str(folder / FILE) if self.lasting else ":memory:"
        self._connection = self._open()

    def _open(self) -> sqlite3.Connection:
        try:
            return self._connect()
        except sqlite3.DatabaseError as error:
            if not self.lasting or isinstance(error, sqlite3.OperationalError):
                return self._in_memory(error)
            # An unreadable file is lost anyway; it is kept for inspection.
            file = self.folder / FILE
            file.replace(file.with_suffix(".unreadable"))
            structlog.get_logger().warning("the state file is unreadable; starting with an empty one", file=str(file))
            return self._connect()

    def _in_memory(self, error: sqlite3.Error) -> sqlite3.Connection:
        structlog.get_logger().warning("the state file cannot be opened", file=self._where, error=str(error))
        self.lasting, self._where = False, ":memory:"
        return self._connect()

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._where, timeout=_WAIT_SECONDS, isolation_level=None, check_same_thread=False)
        connection.executescript(_SCHEMA)
        return connection

    def entry(self, key: WorkloadKey) -> Entry:
        """What is kept for the workload; an unreadable row counts as none."""
        with self._using() as connection:
            row = connection.execute("SELECT version, document FROM workloads WHERE key = ?", (str(key),)).fetchone()
        if row is None:
            return Entry()
        try:
            document = json.loads(row[1])
            images = {each: EffectiveImage(image, digest) for each, (image, digest) in document["shown"].items()}
            restoring = tuple(document["restoring"])
            return Entry(int(row[0]), dict(document["written"]), dict(document["hidden"]), images, restoring)
        except (ValueError, KeyError, TypeError, AttributeError):
            return Entry()

    def put(self, key: WorkloadKey, entry: Entry) -> None:
        """Keep the entry, unless a more current one is kept already."""
        images = {each: (value.image, value.digest) for each, value in entry.images.items()}
        document = json.dumps(
            {
                "written": dict(entry.written),
                "hidden": dict(entry.hidden),
                "shown": images,
                "restoring": entry.restoring,
            }
        )
        with self._using() as connection:
            connection.execute(
                "INSERT INTO workloads VALUES (?, ?, ?) ON CONFLICT (key) DO UPDATE"
                " SET version = excluded.version, document = excluded.document WHERE excluded.version > version",
                (str(key), entry.version, document),
            )

    def freezes(self) -> dict[str, str]:
        """The reasons of all freezes, by namespace."""
        with self._using() as connection:
            return dict(connection.execute("SELECT namespace, reason FROM freezes").fetchall())

    def freeze(self, namespace: str, reason: str | None) -> None:
        """Freeze the namespace, or end its freeze."""
        with self._using() as connection:
            if reason is None:
                connection.execute("DELETE FROM freezes WHERE namespace = ?", (namespace,))
            else:
                connection.execute("INSERT OR REPLACE INTO freezes VALUES (?, ?)", (namespace, reason))

    def tick(self) -> datetime | None:
        """The last finished tick; None if there was none."""
        return self.moments(_TICK).get("")

    def finish_tick(self, moment: datetime) -> None:
        """Keep the last finished tick."""
        self.put_moment(_TICK, moment)

    def moments(self, prefix: str) -> dict[str, datetime]:
        """The moments whose names begin with the prefix, by the rest of their names; unreadable ones are left out."""
        with self._using() as connection:
            rows = connection.execute("SELECT name, moment FROM ticks").fetchall()
        moments = {}
        for name, moment in rows:
            with suppress(ValueError):
                moments[name] = datetime.fromisoformat(moment).astimezone(UTC)
        return {name.removeprefix(prefix): at for name, at in moments.items() if name.startswith(prefix)}

    def put_moment(self, name: str, moment: datetime) -> None:
        """Keep a moment under that name."""
        with self._using() as connection:
            connection.execute("INSERT OR REPLACE INTO ticks VALUES (?, ?)", (name, moment.isoformat()))

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()

    @contextmanager
    def _using(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            try:
                yield self._connection
            except sqlite3.Error as error:
                raise OrchestratorUnavailable(f"the state in {self._where} cannot be used: {error}") from error
