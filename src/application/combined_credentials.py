"""Several sources of credentials as one."""

from __future__ import annotations

from dataclasses import dataclass

from watch_cluster.application.ports.pull_credentials import PullCredentials
from watch_cluster.domain.credential import Credential
from watch_cluster.domain.image import Repository
from watch_cluster.domain.workload import Workload


@dataclass(frozen=True, slots=True)
class CombinedCredentials:
    """Implements the port `PullCredentials` by asking each of the sources, in order."""

    sources: tuple[PullCredentials, ...]

    def candidates(self, workload: Workload, repository: Repository) -> tuple[Credential, ...]:
        """Give what all of them have, each once; raise what the first raises that cannot tell."""
        found = (each for source in self.sources for each in source.candidates(workload, repository))
        return tuple(dict.fromkeys(found))
