"""The port to the credentials with which a workload's images are pulled."""

from __future__ import annotations

from typing import Protocol

from watch_cluster.application.ports.registry.image_registry import RegistryUnauthorized, RegistryUnavailable
from watch_cluster.domain.images.credential import Credential
from watch_cluster.domain.images.reference import Repository
from watch_cluster.domain.workload.workload import Workload


class PullCredentialsUnreadable(RegistryUnauthorized):
    """Credentials are configured, but cannot be read."""


class PullCredentialsUnavailable(RegistryUnavailable):
    """The source of the credentials is unavailable: retry later."""


class PullCredentials(Protocol):
    """Finds credentials for repositories. Thread-safe."""

    def candidates(self, workload: Workload, repository: Repository) -> tuple[Credential, ...]:
        """Return the credentials to try for the workload's image, best first; none for anonymous access.

        Raises `PullCredentialsUnreadable` and `PullCredentialsUnavailable`.
        """
