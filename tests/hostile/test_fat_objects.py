"""Objects and answers that are as large as anybody takes them: memory stays within the limit of our manifest."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

import pytest

from tests.cluster.processes import free_port, wait_until
from tests.e2e.conftest import Team
from tests.e2e.process import PATIENCE_SECONDS, WatchCluster
from tests.hostile import attacks
from tests.hostile.memory_limit import LIMIT_MIB, MemoryLimit, image_environment, memory_limit, peak_mib
from tests.hostile.tenant import Tenant
from tests.servers.registry import RegistryServer

FLOODS_AT_LEAST: Final = 10
"""How many of the tenant's repositories must have been queried: they share the bytes that are read at once."""


@pytest.fixture
def limit(namespace: str, team: Team) -> Iterator[MemoryLimit]:
    with memory_limit(f"watch-cluster-{namespace}") as made:
        yield made
        team.end()


def begin(team: Team, limit: MemoryLimit) -> WatchCluster:
    team.push("1.0.0")
    team.deploy("shop", team.image("1.0.0"))
    return team.start(prefix=limit.prefix, HEALTH_PORT=str(free_port()), **image_environment()).leads()


def survives(team: Team, process: WatchCluster, limit: MemoryLimit, what: str) -> None:
    team.push("1.0.1")
    team.comes_to_run("shop", team.image("1.0.1"))
    team.ends("shop", "done")
    peak = peak_mib(process.pid)
    print(f"{what}: {peak} MiB at most, {limit}")  # noqa: T201 - a figure for people
    assert process.alive
    assert peak < LIMIT_MIB


@pytest.mark.parametrize(
    "documents",
    [
        pytest.param(lambda: attacks.fat_deployments(200), id="200 Deployments of 1.3 MB"),
        pytest.param(lambda: attacks.fat_annotations(1000), id="1,000 Deployments with 60 KB of our annotations"),
        pytest.param(lambda: attacks.patterns(1024), id="1,024 regular expressions"),
        pytest.param(lambda: attacks.fat_pods(400), id="400 pods of 100 KB"),
    ],
)
def test_objects_of_a_tenant(
    team: Team, tenant: Tenant, limit: MemoryLimit, request: pytest.FixtureRequest, documents: Any
) -> None:
    objects: Iterable[dict[str, Any]] = documents()
    tenant.create_all(objects)

    process = begin(team, limit)

    survives(team, process, limit, request.node.callspec.id)


def test_64_pull_secrets_of_1_mb_for_each_of_8_deployments(team: Team, tenant: Tenant, limit: MemoryLimit) -> None:
    tenant.create_all(attacks.pull_secrets(512))
    tenant.create_all(attacks.pullers(8, 64))

    process = begin(team, limit)
    wait_until(
        lambda: process.said("the pull secret pull-511") or process.said("the Secret pull-511"),
        "all Secrets were read",
        PATIENCE_SECONDS,
    )

    survives(team, process, limit, "512 pull Secrets of 1 MB")


def test_a_registry_with_a_million_tags_and_endless_indexes(team: Team, tenant: Tenant, limit: MemoryLimit) -> None:
    with RegistryServer() as registry:
        attacks.serve_floods(registry, 20)
        tenant.create_all(attacks.followers(registry.host, 20))

        process = begin(team, limit)
        wait_until(
            lambda: len({seen.path for seen in registry.seen if "many" in seen.path}) >= FLOODS_AT_LEAST,
            "the tenant's repositories are queried",
            PATIENCE_SECONDS,
        )

        survives(team, process, limit, "20 endless tag lists and indexes")
