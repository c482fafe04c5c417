"""Workloads that a person names on the command line."""

from __future__ import annotations

import pytest

from tests.fakes.orchestrator import FakeOrchestrator
from tests.fakes.timing import FakeClock
from watch_cluster.adapters.kubernetes.wording import KIND_ALIASES
from watch_cluster.application.commands.find_workload import InvalidWorkloadName, WorkloadName, WorkloadNotFound
from watch_cluster.domain.workload import annotation
from watch_cluster.domain.workload.workload import Container, WorkloadKey

SHOP = WorkloadKey("default", "Deployment", "shop")
STAGED = WorkloadKey("staging", "Deployment", "shop")
DATABASE = WorkloadKey("default", "StatefulSet", "database")


@pytest.fixture
def orchestrator() -> FakeOrchestrator:
    orchestrator = FakeOrchestrator(FakeClock())
    for key in (SHOP, STAGED, DATABASE):
        orchestrator.create(key, [Container("app", "shop:1")], {annotation.ENABLED: "true"})
    return orchestrator


def found(orchestrator: FakeOrchestrator, text: str, namespace: str | None = None) -> WorkloadKey:
    return WorkloadName.parse(text, namespace, KIND_ALIASES).find(orchestrator.workloads()).key


@pytest.mark.parametrize(
    ("text", "namespace", "key"),
    [
        pytest.param("default/Deployment/shop", None, SHOP, id="whole"),
        pytest.param("default/deployment/shop", None, SHOP, id="kind in lower case"),
        pytest.param("staging/deploy/shop", None, STAGED, id="short kind"),
        pytest.param("deploy/shop", "staging", STAGED, id="namespace as an option"),
        pytest.param("default/deployments/shop", "default", SHOP, id="namespace twice"),
        pytest.param("sts/database", None, DATABASE, id="no namespace, but one workload only"),
    ],
)
def test_finds_a_workload_as_kubectl_names_it(
    orchestrator: FakeOrchestrator, text: str, namespace: str | None, key: WorkloadKey
) -> None:
    assert found(orchestrator, text, namespace) == key


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param(
            "deploy/shop", "write one of default/Deployment/shop, staging/Deployment/shop", id="in two namespaces"
        ),
        pytest.param("default/deploy/shpo", "did you mean 'shop'?", id="misspelled"),
        pytest.param("default/deploy/other", "run watch-cluster list to see the watched workloads", id="unknown"),
        pytest.param("default/sts/shop", "does not exist", id="of another kind"),
    ],
)
def test_says_why_no_single_workload_has_the_name(orchestrator: FakeOrchestrator, text: str, words: str) -> None:
    with pytest.raises(WorkloadNotFound) as refused:
        found(orchestrator, text)
    assert words in str(refused.value)


@pytest.mark.parametrize("text", ["shop", "a/b/c/d", "default//shop", "/deploy/shop", ""])
def test_refuses_what_names_no_workload(text: str) -> None:
    with pytest.raises(InvalidWorkloadName, match="write NAMESPACE/KIND/NAME or KIND/NAME"):
        WorkloadName.parse(text, None, KIND_ALIASES)


def test_refuses_two_different_namespaces() -> None:
    with pytest.raises(InvalidWorkloadName, match="is not in namespace staging"):
        WorkloadName.parse("default/deploy/shop", "staging", KIND_ALIASES)
