"""What namespaces say, and what holds while they may not be read."""

from __future__ import annotations

from datetime import UTC, datetime

from watch_cluster.adapters.kubernetes.resources.namespaces import Namespace
from watch_cluster.adapters.kubernetes.watch.namespace_cache import UNREADABLE, NamespaceCache
from watch_cluster.domain.workload.annotation import DOMAIN
from watch_cluster.domain.workload.workload import Container, Freeze, Progress, Workload, WorkloadKey

SHOP = Workload(
    WorkloadKey("shop", "Deployment", "app"),
    "uid",
    (Container("app", "app:1"),),
    Progress(observed=True, desired=0, updated=0, available=0, outdated=0),
    datetime(2026, 1, 1, tzinfo=UTC),
    {},
)


def test_namespaces_that_may_not_be_read_count_as_frozen_until_they_may() -> None:
    changed: list[str] = []
    cache = NamespaceCache("watch-cluster", changed.append)
    assert cache.with_settings(SHOP).freeze is None

    cache.left_out(None)
    cache.left_out(None)

    assert cache.with_settings(SHOP).freeze == Freeze("shop", UNREADABLE)
    assert changed == ["watch-cluster"], "all workloads are looked at again, once"

    cache.replace(None, [Namespace("shop", {f"{DOMAIN}/strategy": "latest"})])

    assert cache.with_settings(SHOP).freeze is None
    assert cache.with_settings(SHOP).inherited == {f"{DOMAIN}/strategy": "latest"}
    assert changed == ["watch-cluster", "watch-cluster", "shop"]
