"""Credentials of the controller, for named namespaces alone."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from tests.unit.domain.workloads import a_workload
from watch_cluster.application.registry_queries.namespaced_credentials import NamespacedCredentials
from watch_cluster.domain.images.credential import Credential
from watch_cluster.domain.images.reference import Repository
from watch_cluster.domain.workload.workload import Workload

ROBOT = Credential("robot", "pw")
REPOSITORY = Repository("r.io", "shop")
WORKLOAD = a_workload("r.io/shop")


@dataclass
class Source:
    """Has one credential, and counts how often it is queried: a plugin is a process."""

    queries: int = 0

    def candidates(self, _workload: Workload, _repository: Repository) -> tuple[Credential, ...]:
        self.queries += 1
        return (ROBOT,)


def test_named_namespaces_get_what_there_is() -> None:
    limited = NamespacedCredentials(Source(), frozenset({WORKLOAD.key.namespace, "billing"}))
    assert limited.candidates(WORKLOAD, REPOSITORY) == (ROBOT,)


@pytest.mark.parametrize("named", ["", "billing", f"{WORKLOAD.key.namespace}-2"])
def test_other_namespaces_get_nothing(named: str) -> None:
    source = Source()
    assert NamespacedCredentials(source, frozenset({named})).candidates(WORKLOAD, REPOSITORY) == ()
    assert source.queries == 0
