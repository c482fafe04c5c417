"""Several sources of credentials as one."""

from __future__ import annotations

from dataclasses import dataclass

from watch_cluster.application.ports.registry.image_registry import RegistryError
from watch_cluster.application.ports.registry.pull_credentials import PullCredentials
from watch_cluster.domain.images.credential import Credential
from watch_cluster.domain.images.reference import Repository
from watch_cluster.domain.workload.workload import Workload


@dataclass(frozen=True, slots=True)
class CombinedCredentials:
    """Implements the port `PullCredentials` with several sources, in order."""

    sources: tuple[PullCredentials, ...]

    def candidates(self, workload: Workload, repository: Repository) -> tuple[Credential, ...]:
        """Return the credentials of all sources without duplicates.

        Raises the error of a source unless an earlier source had credentials, which are tried first anyway.
        """
        found: dict[Credential, None] = {}
        for source in self.sources:
            try:
                found.update(dict.fromkeys(source.candidates(workload, repository)))
            except RegistryError:
                if not found:
                    raise
        return tuple(found)
