from __future__ import annotations

from collections.abc import Iterator

import pytest
import urllib3

from tests.servers.kubernetes_api import FakeKubernetesApi, Reply, deployment, listing

DEPLOYMENTS = "/apis/apps/v1/deployments"


@pytest.fixture
def fake() -> Iterator[FakeKubernetesApi]:
    fake = FakeKubernetesApi()
    with fake:
        yield fake


@pytest.fixture
def http() -> Iterator[urllib3.PoolManager]:
    with urllib3.PoolManager(retries=False, timeout=5) as pools:
        yield pools


def test_scripted_responses_come_in_order_and_the_last_one_repeats(
    fake: FakeKubernetesApi, http: urllib3.PoolManager
) -> None:
    fake.others.appendleft(Reply.refusal(500))

    answers = [http.request("GET", f"{fake.url}/x").status for _ in range(3)]

    assert answers == [500, 200, 200]
    assert [each.path for each in fake.requests] == ["/x"] * 3


def test_objects_are_given_at_their_paths_and_only_to_who_reads(
    fake: FakeKubernetesApi, http: urllib3.PoolManager
) -> None:
    fake.objects["/a"] = Reply.of("a")
    fake.others[0] = Reply.refusal(404)

    answers = [http.request(method, f"{fake.url}{path}").status for method, path in (("GET", "/a"), ("POST", "/a"))]

    assert answers == [200, 404]


def test_lists_have_responses_of_their_own(fake: FakeKubernetesApi, http: urllib3.PoolManager) -> None:
    fake.lists[0] = Reply.of(listing(deployment("web"), version="9"))

    document = http.request("GET", f"{fake.url}{DEPLOYMENTS}").json()

    assert document["metadata"]["resourceVersion"] == "9"
    assert [each["metadata"]["name"] for each in document["items"]] == ["web"]


def test_a_test_controls_a_watch(fake: FakeKubernetesApi, http: urllib3.PoolManager) -> None:
    response = http.request("GET", f"{fake.url}{DEPLOYMENTS}", fields={"watch": "true"}, preload_content=False)
    watch = fake.next_watch()
    watch.send("ADDED", {})
    watch.end()

    assert watch.query == {"watch": "true"}
    assert response.data == b'{"type": "ADDED", "object": {}}\n'


@pytest.mark.parametrize("short", [True, False], ids=["a short answer", "a watch that is cut"])
def test_an_interrupted_response_is_an_error(fake: FakeKubernetesApi, http: urllib3.PoolManager, short: bool) -> None:
    fake.lists[0] = Reply(short_by=5)
    fields = {} if short else {"watch": "true"}

    response = http.request("GET", f"{fake.url}{DEPLOYMENTS}", fields=fields, preload_content=False)
    if not short:
        fake.next_watch().cut()

    with pytest.raises(urllib3.exceptions.HTTPError):
        response.read()
