"""Credentials of the controller, for named namespaces alone."""

from __future__ import annotations

from dataclasses import dataclass

from watch_cluster.application.ports.registry.pull_credentials import PullCredentials
from watch_cluster.domain.images.credential import Credential
from watch_cluster.domain.images.reference import Repository
from watch_cluster.domain.workload.workload import Workload


@dataclass(frozen=True, slots=True)
class NamespacedCredentials:
    """Implements the port `PullCredentials`: provides those of `source` to workloads of these namespaces only.

    Anybody who can set an image there can list its tags with them, but not pull it.
    """

    source: PullCredentials
    namespaces: frozenset[str]

    def candidates(self, workload: Workload, repository: Repository) -> tuple[Credential, ...]:
        """Return what the source has, nothing in another namespace."""
        return self.source.candidates(workload, repository) if workload.key.namespace in self.namespaces else ()
