"""The registry credentials of the controller, from a file as `docker login` writes it."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Final

from watch_cluster.application.ports.registry.pull_credentials import PullCredentialsUnreadable
from watch_cluster.domain.images.credential import Credential
from watch_cluster.domain.images.keyring import InvalidDockerConfig, Keyring
from watch_cluster.domain.images.reference import Repository
from watch_cluster.domain.workload.workload import Workload

_MAX_FILE_BYTES: Final = 1024 * 1024


class NoCredentials:
    """Provides no credentials: every request is anonymous."""

    def candidates(self, workload: Workload, repository: Repository) -> tuple[Credential, ...]:  # noqa: ARG002
        """Return none."""
        return ()


class DockerConfigCredentials:
    """Provides the credentials of a Docker `config.json` to all workloads; a changed file is read again."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._seen: tuple[int, int, int] | None = None
        self._keyring = Keyring()

    def candidates(self, workload: Workload, repository: Repository) -> tuple[Credential, ...]:  # noqa: ARG002 - for all
        """Return the credentials for the repository, as `Keyring` does; raises `PullCredentialsUnreadable`."""
        with self._lock:
            self._refresh()
            keyring = self._keyring
        return keyring.candidates(repository)

    def _refresh(self) -> None:
        try:
            state = self._path.stat()
            seen = (state.st_mtime_ns, state.st_size, state.st_ino)
            if seen == self._seen:
                return
            if state.st_size > _MAX_FILE_BYTES:
                raise self._unreadable(f"it is larger than {_MAX_FILE_BYTES} bytes")
            content = self._path.read_bytes()
        except OSError as error:
            raise self._unreadable(error.strerror or "it cannot be read") from error
        try:
            self._keyring = Keyring.parse_config(content)
        except InvalidDockerConfig as error:
            raise self._unreadable(str(error)) from error
        self._seen = seen

    def _unreadable(self, why: str) -> PullCredentialsUnreadable:
        return PullCredentialsUnreadable(f"the registry credentials in {str(self._path)!r} are unusable: {why}")
