from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.servers.kubernetes_api import deployment
from tests.unit.adapters.kubernetes.reading import read
from watch_cluster.adapters.kubernetes.resources.workloads.kinds import DEPLOYMENT
from watch_cluster.adapters.kubernetes.resources.workloads.patch import ContainerGone, holds, operations
from watch_cluster.domain.workload.workload import Change, ImageChange

ENABLED = "watch-cluster.io/enabled"
STEP = ImageChange("main", "app:1", "app:2")


def test_a_change_tests_everything_that_it_was_decided_for_before_it_writes() -> None:
    change = Change("uid-of-app", {"watch-cluster.io/change": "a -> b"}, {ENABLED: "true"}, (STEP,))

    assert operations(DEPLOYMENT, read(deployment()), change) == [
        {"op": "test", "path": "/metadata/uid", "value": "uid-of-app"},
        {"op": "test", "path": "/metadata/annotations/watch-cluster.io~1enabled", "value": "true"},
        {"op": "test", "path": "/spec/template/spec/containers/0/name", "value": "main"},
        {"op": "test", "path": "/spec/template/spec/containers/0/image", "value": "app:1"},
        {"op": "replace", "path": "/spec/template/spec/containers/0/image", "value": "app:2"},
        {"op": "add", "path": "/metadata/annotations/watch-cluster.io~1change", "value": "a -> b"},
    ]


def test_finds_a_container_at_its_path_in_the_template() -> None:
    containers = [{"name": "side", "image": "side:1"}, {"name": "main", "image": "app:1"}]
    workload = read(deployment(spec={"template": {"spec": {"containers": containers}}}))

    paths = [each["path"] for each in operations(DEPLOYMENT, workload, Change("uid-of-app", {}, {}, (STEP,)))]

    assert paths[1:] == [f"/spec/template/spec/containers/1/{field}" for field in ("name", "image", "image")]


def test_a_container_that_is_gone_cannot_be_changed() -> None:
    change = Change("uid-of-app", {}, {}, (ImageChange("other", "app:1", "app:2"),))

    with pytest.raises(ContainerGone, match="container other is gone"):
        operations(DEPLOYMENT, read(deployment()), change)


@given(key=st.text(min_size=1))
def test_any_annotation_key_survives_the_pointer(key: str) -> None:
    *_, added = operations(DEPLOYMENT, read(deployment()), Change("uid-of-app", {key: "x"}, {}))
    path = str(added["path"])
    *_, last = path.split("/")

    assert path.count("/") == 3
    # RFC 6901, section 4: first ~1, then ~0.
    assert last.replace("~1", "/").replace("~0", "~") == key


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        pytest.param(Change("uid-of-app", {}, {ENABLED: "true"}, (STEP,)), True, id="nothing has changed"),
        pytest.param(Change("another", {}, {}, (STEP,)), False, id="another object of the same name"),
        pytest.param(Change("uid-of-app", {}, {ENABLED: "false"}, ()), False, id="another value"),
        pytest.param(Change("uid-of-app", {}, {"watch-cluster.io/rollout": "x"}, ()), False, id="no such annotation"),
        pytest.param(Change("uid-of-app", {}, {}, (ImageChange("main", "app:0", "app:2"),)), False, id="another image"),
        pytest.param(
            Change("uid-of-app", {}, {}, (ImageChange("x", "app:1", "app:2"),)), False, id="no such container"
        ),
    ],
)
def test_a_change_holds_only_for_what_it_was_decided_for(change: Change, expected: bool) -> None:
    assert holds(read(deployment()), change) is expected
