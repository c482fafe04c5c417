"""The port to the credentials that a workload's images are pulled with."""

from __future__ import annotations

from typing import Protocol

from watch_cluster.application.ports.image_registry import RegistryUnauthorised
from watch_cluster.domain.credential import Credential
from watch_cluster.domain.image import Repository


class PullCredentialsUnreadable(RegistryUnauthorised):
    """Credentials are configured and cannot be read, so it is unknown what would open the repository."""


class PullCredentials(Protocol):
    """Knows the credentials for repositories. All methods may be called from any thread."""

    def candidates(self, namespace: str, repository: Repository) -> tuple[Credential, ...]:
        """Name the credentials to try, best first, for a workload of the namespace; none means anonymous.

        Raises `PullCredentialsUnreadable`.
        """
