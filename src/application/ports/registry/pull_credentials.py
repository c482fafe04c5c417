"""The port to the credentials that a workload's images are pulled with."""

from __future__ import annotations

from typing import Protocol

from watch_cluster.application.ports.registry.image_registry import RegistryUnauthorized, RegistryUnavailable
from watch_cluster.domain.images.credential import Credential
from watch_cluster.domain.images.reference import Repository
from watch_cluster.domain.workload.workload import Workload


class PullCredentialsUnreadable(RegistryUnauthorized):
    """Credentials are configured and cannot be read, so it is unknown what would open the repository."""


class PullCredentialsUnavailable(RegistryUnavailable):
    """What keeps the credentials does not answer now: the same question may be answered later."""


class PullCredentials(Protocol):
    """Knows the credentials for repositories. All methods may be called from any thread."""

    def candidates(self, workload: Workload, repository: Repository) -> tuple[Credential, ...]:
        """Name the credentials to try for the workload's image, best first; none means anonymous.

        Raises `PullCredentialsUnreadable` and `PullCredentialsUnavailable`.
        """
