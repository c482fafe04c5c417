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


def test_what_the_first_has_comes_first_and_nothing_comes_twice() -> None:
    assert candidates(Source((ROBOT, ALICE)), Source(()), Source((BOB, ROBOT))) == (ROBOT, ALICE, BOB)


def test_of_nobody_nothing_is_known() -> None:
    assert candidates() == ()


def test_who_does_not_answer_keeps_the_question_open() -> None:
    with pytest.raises(PullCredentialsUnavailable):
        candidates(AwaySource(), Source((ROBOT,)))


def test_who_does_not_answer_keeps_nobody_from_trying_what_comes_first_anyway() -> None:
    assert candidates(Source((ROBOT,)), AwaySource(), Source((BOB,))) == (ROBOT, BOB)
