"""Leadership by a Lease of a real API server, with the rights of `k8s/rbac.yaml`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from time import monotonic

import pytest
from structlog.testing import capture_logs

from tests.cluster.cluster import Cluster
from tests.cluster.control_plane import ControlPlane
from tests.cluster.processes import wait_until
from watch_cluster.adapters.cron.clock import SystemClock
from watch_cluster.adapters.kubernetes.client.api import KubernetesApi
from watch_cluster.adapters.kubernetes.client.micro_time import micro_time
from watch_cluster.adapters.kubernetes.lease.leadership import KubernetesLeadership
from watch_cluster.adapters.kubernetes.lease.record import LAST_TICK, LeaseTiming
from watch_cluster.adapters.kubernetes.lease.store import LeaseConflict, LeaseStore, LeaseUnavailable

OWN = "watch-cluster"
LEASE = ("lease", OWN, "-n", OWN)
TICK = datetime(2026, 5, 1, 3, 0, 0, 42, tzinfo=UTC)
TIMING = LeaseTiming()


@pytest.fixture
def store(cluster: Cluster) -> Iterator[LeaseStore]:
    api = KubernetesApi.connect(str(cluster.kubeconfig))
    cluster.kubectl("delete", *LEASE, "--ignore-not-found")
    yield LeaseStore(api, OWN)
    cluster.kubectl("delete", *LEASE, "--ignore-not-found")
    api.close()


@pytest.fixture
def plane(cluster: Cluster) -> ControlPlane:
    if cluster.control_plane is None:
        pytest.skip("stops the API server, which is not the tests' own")
    return cluster.control_plane


def candidate(store: LeaseStore, identity: str) -> KubernetesLeadership:
    return KubernetesLeadership(store, SystemClock(), identity)


def test_a_clean_shutdown_hands_leadership_over_within_three_seconds(store: LeaseStore) -> None:
    ours, theirs = candidate(store, "ours"), candidate(store, "theirs")
    with capture_logs() as logs:
        ours.start()
        wait_until(ours.leads, "the first leads")
        theirs.start()
        wait_until(lambda: any(each["event"] == "another replica leads" for each in list(logs)), "the second stands by")
        ours.finish_tick(TICK)
        began = monotonic()
        ours.close()
        assert not ours.leads()
        wait_until(theirs.leads, "the second leads")
        took = monotonic() - began
        found = theirs.finished_tick()
        theirs.close()
    assert took < 3
    assert found == TICK
    given_back = store.read(5)
    assert given_back is not None
    assert (given_back.holder, given_back.transitions, given_back.tick) == ("", 1, micro_time(TICK))


def test_the_lease_is_written_as_the_server_understands_it(store: LeaseStore, cluster: Cluster) -> None:
    written = store.write(store.new(None).held_by("ours", TIMING, TICK, TICK), 5)
    document = cluster.kubectl.json("get", *LEASE)
    assert document["metadata"]["resourceVersion"] == written.version
    assert document["metadata"]["annotations"] == {LAST_TICK: "2026-05-01T03:00:00.000042Z"}
    assert document["spec"] == {
        "holderIdentity": "ours",
        "leaseDurationSeconds": 15,
        "acquireTime": "2026-05-01T03:00:00.000042Z",
        "renewTime": "2026-05-01T03:00:00.000042Z",
        "leaseTransitions": 0,
    }


def test_the_second_writer_gets_a_conflict(store: LeaseStore, cluster: Cluster) -> None:
    new = store.new(None).held_by("ours", TIMING, TICK, None)
    first = store.write(new, 5)
    with pytest.raises(LeaseConflict):
        store.write(new, 5)
    second = store.write(first.held_by("theirs", TIMING, TICK, None), 5)
    with pytest.raises(LeaseConflict):
        store.write(first.held_by("ours", TIMING, TICK, None), 5)
    assert store.read(5) == second
    cluster.kubectl("delete", *LEASE)
    assert store.read(5) is None
    with pytest.raises(LeaseConflict):
        store.write(second.held_by("ours", TIMING, TICK, None), 5)


def test_annotations_of_others_on_the_lease_stay(store: LeaseStore, cluster: Cluster) -> None:
    store.write(store.new(None).held_by("ours", TIMING, TICK, None), 5)
    cluster.kubectl("label", *LEASE, "team=ops")
    cluster.kubectl("annotate", *LEASE, "note=hands off")
    present = store.read(5)
    assert present is not None
    renewed = store.write(present.held_by("ours", TIMING, TICK, TICK), 5).document["metadata"]
    assert renewed["labels"] == {"team": "ops"}
    assert renewed["annotations"] == {"note": "hands off", LAST_TICK: micro_time(TICK)}


def test_reports_missing_permissions_in_a_namespace_with_what_to_apply(cluster: Cluster) -> None:
    api = KubernetesApi.connect(str(cluster.kubeconfig))
    with pytest.raises(LeaseUnavailable, match=r"cannot get resource .*kubectl apply -f k8s/rbac\.yaml"):
        LeaseStore(api, "default").read(5)
    api.close()


def test_reports_a_missing_namespace_with_what_to_apply(cluster: Cluster) -> None:
    api = KubernetesApi.connect(str(cluster.admin_kubeconfig))
    store = LeaseStore(api, "nowhere")
    assert store.read(5) is None
    with pytest.raises(LeaseUnavailable, match=r"nowhere.*kubectl apply -f k8s/namespace\.yaml"):
        store.write(store.new(None).held_by("ours", TIMING, TICK, None), 5)
    api.close()


def test_leadership_ends_while_the_api_server_hangs_and_returns_with_it(store: LeaseStore, plane: ControlPlane) -> None:
    ours, theirs = candidate(store, "ours"), candidate(store, "theirs")
    with capture_logs() as logs:
        ours.start()
        wait_until(ours.leads, "the first leads")
        theirs.start()
        plane.api_server.pause()
        began = monotonic()
        try:
            wait_until(lambda: not ours.leads(), "leadership ends by itself")
            took = monotonic() - began
            wait_until(lambda: any(entry["event"] == "stopped leading" for entry in logs), "the loss is reported")
            assert not theirs.leads()
        finally:
            plane.api_server.resume()
        wait_until(lambda: ours.leads() != theirs.leads(), "one of them leads again")
        theirs.close()
        ours.close()
    assert took <= TIMING.renew_deadline + 0.5
    [lost] = [entry["why"] for entry in logs if entry["event"] == "stopped leading"]
    assert lost.startswith("not renewed for 10 s: the API server cannot be reached")
