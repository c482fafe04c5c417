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
        """Return the credentials of all sources without duplicates: a source that fails does not stop the others.

        Raises the first error if no source has credentials: what failed may have some.
        """
        found: dict[Credential, None] = {}
        failure: RegistryError | None = None
        for source in self.sources:
            try:
                found.update(dict.fromkeys(source.candidates(workload, repository)))
            except RegistryError as error:
                failure = failure or error
        if failure is not None and not found:
            raise failure
        return tuple(found)
