"""Several sources of credentials as one."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from tests.unit.domain.workloads import a_workload
from watch_cluster.application.ports.registry.pull_credentials import PullCredentials, PullCredentialsUnavailable
from watch_cluster.application.registry_queries.combined_credentials import CombinedCredentials
from watch_cluster.domain.images.credential import Credential
from watch_cluster.domain.images.reference import Repository
from watch_cluster.domain.workload.workload import Workload

ROBOT, ALICE, BOB = (Credential(name, "pw") for name in ("robot", "alice", "bob"))
WORKLOAD = a_workload("r.io/shop")
REPOSITORY = Repository("r.io", "shop")


@dataclass(frozen=True)
class Source:
    """Has the credentials for one workload and repository."""

    credentials: tuple[Credential, ...]

    def candidates(self, workload: Workload, repository: Repository) -> tuple[Credential, ...]:
        assert (workload, repository) == (WORKLOAD, REPOSITORY)
        return self.credentials


class AwaySource:
    """Does not answer."""

    def candidates(self, workload: Workload, repository: Repository) -> tuple[Credential, ...]:
        raise PullCredentialsUnavailable(f"nothing about {repository} for {workload.key}")


def candidates(*sources: PullCredentials) -> tuple[Credential, ...]:
    combined: PullCredentials = CombinedCredentials(sources)
    return combined.candidates(WORKLOAD, REPOSITORY)


def test_credentials_are_ordered_by_source_without_duplicates() -> None:
    assert candidates(Source((ROBOT, ALICE)), Source(()), Source((BOB, ROBOT))) == (ROBOT, ALICE, BOB)


def test_without_sources_there_are_no_credentials() -> None:
    assert candidates() == ()


@pytest.mark.parametrize(
    "sources",
    [
        pytest.param((AwaySource(), Source((ROBOT,)), Source((BOB,))), id="first"),
        pytest.param((Source((ROBOT,)), AwaySource(), Source((BOB,))), id="between"),
        pytest.param((Source((ROBOT,)), Source((BOB,)), AwaySource()), id="last"),
    ],
)
def test_an_unresponsive_credential_source_does_not_block_the_others(
    sources: tuple[PullCredentials, ...],
) -> None:
    assert candidates(*sources) == (ROBOT, BOB)


def test_an_unresponsive_source_is_an_error_if_no_other_has_credentials() -> None:
    with pytest.raises(PullCredentialsUnavailable):
        candidates(AwaySource(), Source(()))
