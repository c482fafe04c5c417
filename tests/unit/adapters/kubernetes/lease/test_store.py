"""The Lease over HTTP: the requests, and what each response means."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from tests.unit.adapters.kubernetes.scripted_server import Answer, ScriptedServer
from watch_cluster.adapters.kubernetes.client.api import KubernetesApi
from watch_cluster.adapters.kubernetes.lease.leadership import Leases
from watch_cluster.adapters.kubernetes.lease.record import LeaseRecord, LeaseTiming
from watch_cluster.adapters.kubernetes.lease.store import LeaseConflict, LeaseStore, LeaseUnavailable

PATH = "/apis/coordination.k8s.io/v1/namespaces/ops/leases"
NOW = datetime(2026, 5, 1, tzinfo=UTC)
SEEN = {"metadata": {"name": "watch-cluster", "resourceVersion": "7"}, "spec": {"holderIdentity": "a"}}


@pytest.fixture
def store(api: KubernetesApi) -> Leases:
    return LeaseStore(api, "ops")


def new(store: Leases) -> LeaseRecord:
    return store.new(None).held_by("a", LeaseTiming(), NOW, None)


def test_the_lease_is_read_from_its_namespace(store: Leases, server: ScriptedServer) -> None:
    server.answers = [Answer(200, SEEN)]
    assert store.read(1) == LeaseRecord(SEEN)
    assert [(each.method, each.path) for each in server.requests] == [("GET", f"{PATH}/watch-cluster")]


def test_a_lease_that_is_not_found_is_none(store: Leases, server: ScriptedServer) -> None:
    server.answers = [Answer.refusal(404, "NotFound", 'leases "watch-cluster" not found')]
    assert store.read(1) is None


def test_a_new_record_is_created(store: Leases, server: ScriptedServer) -> None:
    server.answers = [Answer(201, SEEN)]
    record = new(store)
    assert store.write(record, 1) == LeaseRecord(SEEN)
    [request] = server.requests
    assert (request.method, request.path, request.content_type) == ("POST", PATH, "application/json")
    assert request.body == record.document


def test_a_record_that_was_seen_is_replaced(store: Leases, server: ScriptedServer) -> None:
    server.answers = [Answer(200, SEEN)]
    store.write(LeaseRecord(SEEN), 1)
    [request] = server.requests
    assert (request.method, request.path, request.body) == ("PUT", f"{PATH}/watch-cluster", SEEN)


@pytest.mark.parametrize(
    ("create", "status", "reason"),
    [
        pytest.param(True, 409, "AlreadyExists", id="somebody created it first"),
        pytest.param(False, 409, "Conflict", id="somebody replaced it first"),
        pytest.param(False, 404, "NotFound", id="somebody deleted it"),
    ],
)
def test_the_second_of_two_changes_gets_a_conflict(
    store: Leases, server: ScriptedServer, create: bool, status: int, reason: str
) -> None:
    server.answers = [Answer.refusal(status, reason, "too late")]
    with pytest.raises(LeaseConflict, match="too late"):
        store.write(new(store) if create else LeaseRecord(SEEN), 1)


@pytest.mark.parametrize(
    ("answer", "kind", "message"),
    [
        pytest.param(
            Answer.refusal(403, "Forbidden", "wc cannot create resource leases"),
            "403",
            "cannot create resource leases.*kubectl apply -f k8s/rbac.yaml",
            id="no right",
        ),
        pytest.param(
            Answer.refusal(404, "NotFound", 'namespaces "ops" not found'),
            "404",
            'namespaces "ops" not found.*kubectl apply -f k8s/namespace.yaml',
            id="no namespace",
        ),
        pytest.param(
            Answer.refusal(
                403, "Forbidden", "unable to create new content in namespace ops because it is being terminated"
            ),
            "403",
            "being terminated$",
            id="the namespace goes away",
        ),
        pytest.param(Answer.refusal(401, "Unauthorized", "Unauthorized"), "401", "token or certificate", id="unknown"),
        pytest.param(Answer.refusal(500, "InternalError", "etcd is away"), "500", "etcd is away", id="server error"),
        pytest.param(Answer(200, b"<html>"), "unreadable", "<html>", id="an answer of something else"),
    ],
)
def test_an_error_says_what_to_do(
    store: Leases, server: ScriptedServer, answer: Answer, kind: str, message: str
) -> None:
    server.answers = [answer]
    with pytest.raises(LeaseUnavailable, match=message) as caught:
        store.write(new(store), 1)
    assert caught.value.kind == kind
    assert "\n" not in str(caught.value)


def test_a_refused_read_is_an_error_too(store: Leases, server: ScriptedServer) -> None:
    server.answers = [Answer.refusal(403, "Forbidden", "wc cannot get resource leases")]
    with pytest.raises(LeaseUnavailable, match=r"k8s/rbac\.yaml"):
        store.read(1)


def test_passes_on_retry_after_of_the_server(store: Leases, server: ScriptedServer) -> None:
    server.answers = [Answer.refusal(429, "TooManyRequests", "slow down", ("Retry-After", "7"))]
    with pytest.raises(LeaseUnavailable) as caught:
        store.read(1)
    assert caught.value.retry_after == 7


def test_a_missing_server_is_an_error(connect: Callable[[int], KubernetesApi]) -> None:
    with pytest.raises(LeaseUnavailable) as caught:
        LeaseStore(connect(1), "ops").read(1)
    assert caught.value.kind == "unreachable"
