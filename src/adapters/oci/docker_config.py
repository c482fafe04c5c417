"""Credentials of the whole controller, from the file that `docker login` writes and that every registry documents."""

from __future__ import annotations

import base64
import binascii
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, SecretStr, ValidationError

from watch_cluster.application.ports.pull_credentials import PullCredentialsUnreadable
from watch_cluster.domain.credential import Credential
from watch_cluster.domain.image import DOCKER_HUB, Repository

_HUB_HOSTS: Final = frozenset({"index.docker.io", "registry-1.docker.io"})
_LARGEST_FILE: Final = 1024 * 1024


class _Entry(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)

    auth: SecretStr | None = None
    username: str | None = None
    password: SecretStr | None = None


class _Config(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)

    auths: dict[str, _Entry] = {}


@dataclass(frozen=True, slots=True)
class _Grant:
    """A credential, and the registry and path below which it is meant to be used."""

    registry: str
    path: str
    credential: Credential

    def opens(self, repository: Repository) -> bool:
        if repository.registry.lower() != self.registry:
            return False
        # Whole segments: what is meant for `team` is not for `teamwork`, as in containers-auth.json(5).
        return not self.path or f"{repository.path}/".startswith(f"{self.path}/")


class NoCredentials:
    """Leaves every question anonymous."""

    def candidates(self, namespace: str, repository: Repository) -> tuple[Credential, ...]:  # noqa: ARG002
        """Give none."""
        return ()


class DockerConfigCredentials:
    """Gives the credentials of a Docker `config.json` to workloads of every namespace; a changed file is read again.

    Keys are registries, with or without scheme, `/v1/` or `/v2/`, and with or without a path; the longest path comes
    first. Entries without a password, as credential stores leave them, are passed over.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._seen: tuple[int, int, int] | None = None
        self._grants: tuple[_Grant, ...] = ()

    def candidates(self, namespace: str, repository: Repository) -> tuple[Credential, ...]:  # noqa: ARG002 - for all
        """Give the credentials for the repository, the most specific first; raises `PullCredentialsUnreadable`."""
        with self._lock:
            self._refresh()
            grants = self._grants
        return tuple(dict.fromkeys(grant.credential for grant in grants if grant.opens(repository)))

    def _refresh(self) -> None:
        try:
            state = self._path.stat()
            seen = (state.st_mtime_ns, state.st_size, state.st_ino)
            if seen == self._seen:
                return
            if state.st_size > _LARGEST_FILE:
                raise self._unreadable(f"it is larger than {_LARGEST_FILE} bytes")
            content = self._path.read_bytes()
        except OSError as error:
            raise self._unreadable(error.strerror or "it cannot be read") from error
        try:
            config = _Config.model_validate_json(content)
        except ValidationError:
            # Without the cause: no print of an error may ever come near the contents.
            raise self._unreadable(
                'it is no Docker config.json, which has {"auths": {REGISTRY: {"auth": …}}}'
            ) from None
        grants = [grant for key, entry in config.auths.items() if (grant := self._grant(key, entry)) is not None]
        self._grants = tuple(sorted(grants, key=lambda grant: len(grant.path), reverse=True))
        self._seen = seen

    def _grant(self, key: str, entry: _Entry) -> _Grant | None:
        credential = self._credential(key, entry)
        if credential is None:
            return None
        host, _, path = key.removeprefix("https://").removeprefix("http://").partition("/")
        path = f"{path}/".removeprefix("v1/").removeprefix("v2/").strip("/")
        registry = host.lower()
        return _Grant(DOCKER_HUB if registry in _HUB_HOSTS else registry, path, credential)

    def _credential(self, key: str, entry: _Entry) -> Credential | None:
        if entry.auth is not None and entry.auth.get_secret_value():
            try:
                decoded = base64.b64decode(entry.auth.get_secret_value(), validate=True).decode()
            except (binascii.Error, ValueError):
                raise self._unreadable(f"its entry {key!r} has an auth that is not base64") from None
            username, colon, password = decoded.partition(":")
            if not colon:
                raise self._unreadable(f"its entry {key!r} has an auth that is not USER:PASSWORD in base64")
            password = password.strip("\0")
        else:
            username = entry.username or ""
            password = entry.password.get_secret_value() if entry.password is not None else ""
        return Credential(username, password) if password else None

    def _unreadable(self, why: str) -> PullCredentialsUnreadable:
        return PullCredentialsUnreadable(f"the registry credentials in {str(self._path)!r} are unusable: {why}")
