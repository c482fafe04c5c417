"""Who leads next knows which images failed in other namespaces, and tenants cannot make it believe that."""

from __future__ import annotations

import json
from typing import Any

from tests.cluster.processes import free_port, wait_until
from tests.e2e.conftest import EVERY_SECOND, Team
from tests.e2e.process import PATIENCE_SECONDS
from tests.hostile.attacks import watched
from tests.hostile.figures import metric, report, seconds_of_an_update
from tests.hostile.tenant import Tenant
from watch_cluster.adapters.kubernetes.lease.failure_memory import FAILURES, NAME


def failures(team: Team) -> dict[str, Any]:
    """What stands on the Lease."""
    leases = team.cluster.read(f"/apis/coordination.k8s.io/v1/namespaces/{team.namespace}/leases")["items"]
    annotations = [each["metadata"].get("annotations", {}) for each in leases if each["metadata"]["name"] == NAME]
    kept: dict[str, Any] = json.loads(annotations[0].get(FAILURES, "{}")) if annotations else {}
    return kept


def state(team: Team, tenant: Tenant) -> str | None:
    """How the last rollout in the tenant's namespace stands."""
    found = team.cluster.read(f"/apis/apps/v1/namespaces/{tenant.namespace}/deployments/shop")
    record = json.loads(found["metadata"]["annotations"].get("watch-cluster.io/rollout", "{}"))
    written: str | None = record.get("state")
    return written


def fail_in(team: Team, tenants: list[Tenant]) -> None:
    """Have the image 1.0.1 fail and be rolled back in the namespace of each of them."""
    team.push("1.0.0")
    team.push("1.0.1", "crash")
    for tenant in tenants:
        tenant.create(watched("shop", team.image("1.0.0"), cron=EVERY_SECOND))
    for tenant in tenants:
        wait_until(
            lambda tenant=tenant: state(team, tenant) == "rolled-back",  # type: ignore[misc]
            f"the rollout in {tenant.namespace} is rolled back",
            PATIENCE_SECONDS,
        )


def test_the_next_leader_and_explain_know_what_a_killed_leader_has_seen(team: Team, tenants: list[Tenant]) -> None:
    killed = team.start().leads()
    fail_in(team, tenants[:3])
    wait_until(lambda: len(failures(team)) == 3, "the failures are kept", PATIENCE_SECONDS)
    killed.kill()
    team.deploy("shop", team.image("1.0.0"))
    team.start()

    told = team.wait_for_event("shop", "UpdateHeld")

    assert "it failed in 3 other namespaces and succeeded on no workload" in told
    assert team.runs("shop") == team.image("1.0.0")
    name = f"{team.namespace}/deployment/shop"
    [container] = json.loads(team.run("explain", name, "--output", "json").stdout)["containers"]
    assert container["decision"] == "held back: failing elsewhere"
    assert "in 3 other namespaces" in container["why"]
    assert not any(tenant.namespace in f"{told} {container}" for tenant in tenants), "nobody else's names are told"
    unread = team.run("explain", name, POD_NAMESPACE=tenants[0].namespace).stdout
    assert "not known here, which images failed in other namespaces" in unread


def test_tenants_cannot_write_what_is_kept_nor_make_more_of_what_is(team: Team, tenants: list[Tenant]) -> None:
    process = team.start(HEALTH_PORT=str(free_port())).leads()
    fail_in(team, tenants[:3])
    wait_until(lambda: len(failures(team)) == 3, "the failures are kept", PATIENCE_SECONDS)
    place = f"/apis/coordination.k8s.io/v1/namespaces/{team.namespace}/leases"
    for tenant in tenants:
        for method, path in (("GET", f"{place}/{NAME}"), ("PUT", f"{place}/{NAME}"), ("POST", place)):
            lease = {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": {"name": NAME}}
            assert tenant.request(method, path, None if method == "GET" else lease).status_code == 403
    # The proof holds for the image that failed: the same record for the one that the honest want is no proof.
    for tenant in tenants[:3]:
        deployment = tenant.request("GET", f"/apis/apps/v1/namespaces/{tenant.namespace}/deployments/shop").json()
        annotations = deployment["metadata"]["annotations"]
        forged = {
            key: annotations[f"watch-cluster.io/{key}"].replace(":1.0.1", ":1.0.2") for key in ("rollout", "quarantine")
        }
        written = {f"watch-cluster.io/{key}": value for key, value in forged.items()} | {
            "watch-cluster.io/enabled": "false"
        }
        assert tenant.patch("deployments/shop", {"metadata": {"annotations": written}}).is_success
    team.deploy("shop", team.image("1.0.0"))

    delay = seconds_of_an_update(team, "1.0.2")

    report("records of observed failures, changed to another image", delay=f"{delay:.1f} s")
    assert metric(process, "watch_cluster_worker_errors_total") == 0


def test_without_the_right_to_the_lease_everything_else_works_and_the_log_says_so_once(
    team: Team, tenants: list[Tenant]
) -> None:
    rules = [
        {"apiGroups": ["coordination.k8s.io"], "resources": ["leases"], "verbs": ["create"]},
        {
            "apiGroups": ["coordination.k8s.io"],
            "resources": ["leases"],
            "verbs": ["get", "update"],
            "resourceNames": ["watch-cluster"],
        },
    ]
    [role] = team.cluster.read(f"/apis/rbac.authorization.k8s.io/v1/namespaces/{team.namespace}/roles")["items"]
    role = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", **role, "rules": rules}
    del role["metadata"]["managedFields"], role["metadata"]["resourceVersion"]
    team.cluster.kubectl.apply(role)
    process = team.start(HEALTH_PORT=str(free_port())).leads()
    fail_in(team, tenants[:1])
    team.deploy("shop", team.image("1.0.0"))

    delay = seconds_of_an_update(team, "1.0.2")

    said = "failures in other namespaces are known to this process alone; retrying"
    wait_until(lambda: process.said(said), "the log says so", PATIENCE_SECONDS)
    report("no right to the Lease of failures", delay=f"{delay:.1f} s")
    [line] = [each for each in process.lines() if each["event"] == said]
    assert "kubectl apply -f k8s/rbac.yaml" in line["why"]
    assert process.probe("healthz") == (200, "ok")
