"""A tenant takes all that there is of something: the others get their share of it all the same."""

from __future__ import annotations

import json
from typing import Final

import pytest

from tests.cluster.processes import free_port, wait_until
from tests.e2e.conftest import EVERY_SECOND, Team
from tests.e2e.process import PATIENCE_SECONDS, WatchCluster
from tests.hostile.attacks import watched
from tests.hostile.figures import grows_to, metric, report, seconds_of_an_update, threads
from tests.hostile.hanging_registry import HangingRegistry
from tests.hostile.tenant import Tenant

LONGEST_DELAY_SECONDS: Final = 45.0
NEVER_READY: Final = "1.0.0"
A_DAY: Final = "2030-01-01T00:00:00+00:00"


def forge(tenant: Tenant, name: str, **record: object) -> None:
    """Write a rollout record on the tenant's own Deployment."""
    uid = tenant.patch(f"deployments/{name}", {"metadata": {"labels": {"forged": "true"}}}).json()["metadata"]["uid"]
    written = {"id": f"forged{name}", "uid": uid, "start": A_DAY, "timeout": 8e8, "soak": 8e8, **record}
    body = {"metadata": {"annotations": {"watch-cluster.io/rollout": json.dumps(written)}}}
    assert tenant.patch(f"deployments/{name}", body).is_success


def forge_running(team: Team, tenant: Tenant, prefix: str) -> None:
    """Ten Deployments that never get ready, with records that say that a rollout runs for 25 years."""
    image = team.image(NEVER_READY, "odd")
    for number in range(10):
        tenant.create(watched(f"{prefix}-{number}", image))
        change = {"app": {"from": f"{image}-before", "to": image}}
        forge(tenant, f"{prefix}-{number}", state="running", containers=change)


def begin(team: Team, **environment: str) -> WatchCluster:
    team.push("1.0.0")
    team.deploy("shop", team.image("1.0.0"))
    return team.start(HEALTH_PORT=str(free_port()), **environment).leads()


@pytest.mark.parametrize("before", [True, False], ids=["before the start", "while it leads"])
def test_ten_forged_running_records_leave_slots_to_the_others(team: Team, tenant: Tenant, *, before: bool) -> None:
    team.push(NEVER_READY, "never-ready", "odd")
    if before:
        forge_running(team, tenant, "forged")
    process = begin(team)
    wait_until(lambda: process.said("reconciling all workloads"), "it has read the records", PATIENCE_SECONDS)
    # Namespaces of other tests may still be on their way out, with records that the controller has read.
    most = metric(process, "watch_cluster_rollouts_in_flight")
    if not before:
        forge_running(team, tenant, "forged")

    taken = metric(process, "watch_cluster_rollouts_in_flight")
    delay = seconds_of_an_update(team)

    report("ten forged running records", before=before, slots=taken, delay=f"{delay:.1f} s", threads=threads(process))
    assert delay < LONGEST_DELAY_SECONDS
    assert taken <= most <= 20
    assert metric(process, "watch_cluster_worker_errors_total") == 0


def test_namespaces_with_hanging_registries_leave_threads_to_the_others(team: Team, tenants: list[Tenant]) -> None:
    with HangingRegistry() as hanging:
        for tenant in tenants:
            tenant.create_all(
                watched(f"hangs-{number}", f"{hanging.host}/odd-{number}:1.0.0", replicas=0, cron=EVERY_SECOND)
                for number in range(50)
            )
        process = begin(team)
        wait_until(lambda: len(hanging.connections) >= 4, "checks hang", PATIENCE_SECONDS)
        grows_to(process, "watch_cluster_queue_depth", 100)

        delays = [seconds_of_an_update(team, f"1.0.{number}") for number in range(1, 4)]

        report(
            "200 workloads of 4 namespaces with hanging registries",
            delays=[f"{each:.1f} s" for each in delays],
            hanging=len(hanging.connections),
            threads=threads(process),
        )
        assert max(delays) < LONGEST_DELAY_SECONDS
        assert process.probe("healthz") == (200, "ok")


def test_forged_failures_hold_nothing_back_elsewhere(team: Team, tenants: list[Tenant]) -> None:
    old, new = team.image("1.0.0"), team.image("1.0.1")
    failure = {"message": "it crashed", "fault": "image", "containers": ["app"], "at": A_DAY}
    for tenant in tenants:
        for number in range(3):
            tenant.create(watched(f"failed-{number}", "registry.example/odd:1.0.0", replicas=0, quarantine=new))
            forge(
                tenant,
                f"failed-{number}",
                state="rolled-back",
                containers={"app": {"from": old, "to": new}},
                failure=failure,
                end=A_DAY,
            )
    process = begin(team)

    delay = seconds_of_an_update(team)

    report("12 forged failures of 4 namespaces", delay=f"{delay:.1f} s", threads=threads(process))
    assert delay < LONGEST_DELAY_SECONDS
    assert team.events("shop", "UpdateHeld") == []
