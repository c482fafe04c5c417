"""Every attack on memory at once, beside five hundred honest workloads, which are updated meanwhile."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any, Final

import pytest

from tests.cluster.cluster import deployment
from tests.cluster.processes import free_port, wait_until
from tests.cluster.registry.images import push, tag_again
from tests.e2e.conftest import Team
from tests.hostile import attacks
from tests.hostile.memory_limit import LIMIT_MIB, image_environment, memory_limit, peak_mib, threads_of
from tests.hostile.tenant import Tenant
from tests.servers.registry import RegistryServer

HONEST: Final = 500
REPOSITORIES: Final = 25
_PATIENCE_SECONDS: Final = 600.0


@pytest.mark.timeout(1500)
def test_500_honest_workloads_are_updated_beside_all_attacks(team: Team, tenant: Tenant) -> None:
    with RegistryServer() as hostile, memory_limit(f"watch-cluster-{team.namespace}") as limit:
        attacks.serve_floods(hostile, 10)
        # Less of each than in `test_fat_objects`, for the sake of the store, which keeps every version of them.
        tenant.create_all(attacks.fat_deployments(60))
        tenant.create_all(attacks.fat_annotations(300))
        tenant.create_all(attacks.patterns(300))
        tenant.create_all(attacks.fat_pods(60))
        tenant.create_all(attacks.pull_secrets(128))
        tenant.create_all(attacks.pullers(2, 64))
        tenant.create_all(attacks.followers(hostile.host, 10))
        deploy_honest(team)

        began = time.monotonic()
        process = team.start(
            prefix=limit.prefix,
            HEALTH_PORT=str(free_port()),
            MAX_CONCURRENT_ROLLOUTS="1000",
            LOG_LEVEL="info",
            **image_environment(),
        )
        try:
            process.leads()
            ready = time.monotonic() - began
            threads = [name for name in threads_of(process.pid) if not name.startswith("check")]
            for number in range(REPOSITORIES):
                tag_again(team.cluster.registry, f"{team.namespace}/shop{number}", "1.0.0", "1.0.1")
            published = time.monotonic()
            wait_until(lambda: not process.alive or behind(team) == 0, "all are updated", _PATIENCE_SECONDS)
            updated = time.monotonic() - published
            assert process.alive, process.lines()[-5:]
            assert process.probe("healthz")[0] == 200
            peak = peak_mib(process.pid)
            missing = [name for name in threads if name not in threads_of(process.pid)]
        finally:
            team.end()
    print(  # noqa: T201 - figures for people
        f"all at once: {peak} MiB at most ({limit}), leads after {ready:.0f} s, {HONEST} updated after {updated:.0f} s"
    )
    assert peak < LIMIT_MIB
    assert missing == [], "no thread has ended"


def deploy_honest(team: Team) -> None:
    for number in range(REPOSITORIES):
        push(team.cluster.registry, f"{team.namespace}/shop{number}", "1.0.0")
    documents = list(honest(team))
    for start in range(0, len(documents), 100):
        team.cluster.kubectl.apply(*documents[start : start + 100])


def honest(team: Team) -> Iterator[dict[str, Any]]:
    for number in range(HONEST):
        image = team.image("1.0.0", f"shop{number % REPOSITORIES}")
        document = deployment(f"honest-{number}", image, replicas=0)
        settings = {"enabled": "true", "cron": "*/10 * * * * ?", "soak": "1s"}
        document["metadata"] |= {
            "namespace": team.namespace,
            "annotations": {f"watch-cluster.io/{key}": value for key, value in settings.items()},
        }
        yield document


def behind(team: Team) -> int:
    """How many honest workloads are not updated and verified yet."""
    found = team.cluster.read(f"/apis/apps/v1/namespaces/{team.namespace}/deployments")["items"]
    done = [
        each
        for each in found
        if each["spec"]["template"]["spec"]["containers"][0]["image"].endswith(":1.0.1")
        and '"state":"done"' in each["metadata"]["annotations"].get("watch-cluster.io/rollout", "")
    ]
    time.sleep(1)
    return HONEST - len(done)
