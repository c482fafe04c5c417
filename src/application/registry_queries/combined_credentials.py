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
    """Implements the port `PullCredentials` by asking each of the sources, in order."""

    sources: tuple[PullCredentials, ...]

    def candidates(self, workload: Workload, repository: Repository) -> tuple[Credential, ...]:
        """Give what all of them have, each once.

        Raise what one raises that cannot tell, unless an earlier one had something: that is tried first anyway.
        """
        found: dict[Credential, None] = {}
        for source in self.sources:
            try:
                found.update(dict.fromkeys(source.candidates(workload, repository)))
            except RegistryError:
                if not found:
                    raise
        return tuple(found)
