"""Whole collections, read with a limit on the bytes that are held at once, one object at a time."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest

from tests.servers.kubernetes_api import deployment
from watch_cluster.adapters.kubernetes.client.api import ApiTooLarge, KubernetesApi
from watch_cluster.adapters.kubernetes.resources.objects.collection import UnreadableObject
from watch_cluster.adapters.kubernetes.resources.workloads.kinds import DEPLOYMENT
from watch_cluster.adapters.kubernetes.watch import listing
from watch_cluster.adapters.kubernetes.watch.listing import MAX_PAGE, MAX_PAGE_BYTES, list_all


class Server(KubernetesApi):
    """A server with these objects, which serves them in pages; `sizes` are those of the answers that were taken."""

    def __init__(self, objects: Sequence[bytes]) -> None:
        self.objects = objects
        self.sizes: list[int] = []
        self.limits: list[int] = []

    def request(self, method: str, path: str, *, query: Any = (), max_bytes: int = 0, **_: Any) -> bytes:
        assert (method, path) == ("GET", "/apis/apps/v1/deployments")
        parameters = dict(query)
        start, limit = int(parameters.get("continue", 0)), int(parameters["limit"])
        self.limits.append(limit)
        following = str(start + limit) if start + limit < len(self.objects) else ""
        metadata = json.dumps({"resourceVersion": "9", "continue": following}).encode()
        body = b'{"metadata":%s,"items":[%s]}' % (metadata, b",".join(self.objects[start : start + limit]))
        if len(body) > max_bytes:
            raise ApiTooLarge(f"more than {max_bytes} bytes")
        self.sizes.append(len(body))
        return body


def an_object(name: str, fat: int = 0, **metadata: Any) -> bytes:
    document = deployment(name, metadata=metadata)
    document["spec"]["template"]["spec"]["containers"][0]["args"] = ["x" * fat]
    return json.dumps(document).encode()


def names_of(server: Server) -> tuple[list[str], list[tuple[str, str]]]:
    left_out: list[tuple[str, str]] = []

    def note(resource: str, error: UnreadableObject) -> None:
        left_out.append((f"{resource} {error.metadata.name}", str(error)))

    items, version = list_all(server, DEPLOYMENT, None, note)
    assert version == "9"
    return [each.key.name for each in items], left_out


def test_every_object_is_read_once_and_in_order() -> None:
    names = [f"app-{number}" for number in range(3000)]
    server = Server([an_object(name) for name in names])
    assert names_of(server) == (names, [])
    assert max(server.limits) == MAX_PAGE


@pytest.mark.exhaustive
def test_fat_objects_are_read_a_few_at_once_and_thin_ones_after_them_many_again() -> None:
    fat = [an_object(f"fat-{number}", 1_300_000) for number in range(30)]
    thin = [an_object(f"thin-{number}") for number in range(1500)]
    server = Server([*thin, *fat, *thin])

    names, _ = names_of(server)

    assert len(names) == 3030
    assert len(set(names)) == 1530
    assert max(server.sizes) <= MAX_PAGE_BYTES
    assert server.limits[-1] > 100


def test_an_object_that_alone_is_larger_than_a_page_is_read_alone() -> None:
    server = Server([an_object("small"), an_object("huge", MAX_PAGE_BYTES), an_object("other")])
    assert names_of(server)[0] == ["small", "huge", "other"]


def test_an_object_that_is_larger_than_any_ends_the_list_with_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "MAX_OBJECT_BYTES", 1000)
    with pytest.raises(ApiTooLarge):
        names_of(Server([an_object("huge", MAX_PAGE_BYTES)]))


@pytest.mark.parametrize(
    ("metadata", "why"),
    [
        pytest.param({"ownerReferences": 5}, "Expected `array | null`", id="another type"),
        pytest.param(
            {"annotations": {"watch-cluster.io/window": "x" * 70_000}}, "shorten them", id="large annotations"
        ),
    ],
)
def test_an_object_that_cannot_be_read_is_left_out_and_named(metadata: dict[str, Any], why: str) -> None:
    names, left_out = names_of(Server([an_object("one"), an_object("odd", **metadata), an_object("two")]))
    assert names == ["one", "two"]
    assert [each[0] for each in left_out] == ["deployments odd"]
    assert why in left_out[0][1]


@pytest.mark.parametrize(
    "time", ["0000-01-01T00:00:00Z", "9999-12-31T23:59:59-12:00", "10000-01-01T11:59:59Z", "soon", ""]
)
def test_times_that_clients_write_hide_nothing(time: str) -> None:
    fields = [{"manager": "kubectl", "operation": "Update", "time": time}]
    assert names_of(Server([an_object("odd", managedFields=fields)])) == (["odd"], [])


def test_fields_that_are_nested_without_end_hide_nothing() -> None:
    deep = b'{"f:a":' * 5000 + b"{}" + b"}" * 5000
    odd = an_object("odd", managedFields=[{"manager": "x", "fieldsV1": "DEEP"}]).replace(b'"DEEP"', deep)
    assert names_of(Server([an_object("one"), odd, an_object("two")])) == (["one", "odd", "two"], [])


def test_an_odd_object_that_is_not_ours_is_not_even_looked_at() -> None:
    odd = an_object("odd", annotations={}, ownerReferences=5)
    assert names_of(Server([odd, an_object("one")])) == (["one"], [])
