"""The pods of workloads, kept as they come and go."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from tests.unit.adapters.kubernetes.resources.pods.test_pods import SHOP, pod
from watch_cluster.adapters.kubernetes.resources.pods.pods import Pod, PodKey, Pods
from watch_cluster.adapters.kubernetes.watch import pod_cache
from watch_cluster.adapters.kubernetes.watch.pod_cache import PodCache
from watch_cluster.domain.workload.replica import Replica
from watch_cluster.domain.workload.workload import WorkloadKey


def a_pod(name: str) -> Pod:
    found = Pods().read(json.dumps(pod(name)).encode())[2]
    assert found is not None
    return found


def test_pods_come_and_go_and_each_time_the_owner_has_changed() -> None:
    changed: list[WorkloadKey] = []
    cache = PodCache(changed.append)
    one, two = a_pod("shop-abc-1"), a_pod("shop-abc-2")

    cache.replace("team", [one, two])
    assert changed == [SHOP]
    cache.replace("another", [])
    assert cache.of(SHOP) == (one, two)
    cache.gone(one.key)
    cache.gone(one.key)
    assert cache.of(SHOP) == (two,)
    cache.seen(one)
    cache.seen(one)
    assert changed == [SHOP] * 3, "a pod that looks as before is no change"
    cache.replace("team", [])
    assert cache.of(SHOP) == ()
    assert changed == [SHOP] * 4


def test_reports_no_pods_of_a_namespace_while_it_has_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    one, two = a_pod("shop-abc-1"), a_pod("shop-abc-2")
    monkeypatch.setattr(pod_cache, "MAX_NAMESPACE_BYTES", one.size + two.size - 1)
    cache = PodCache(lambda _key: None)

    cache.replace(None, [one, two])
    assert cache.of(SHOP) is None
    assert cache.of(WorkloadKey("other", "Deployment", "shop")) == ()
    cache.replace(None, [two])
    assert cache.of(SHOP) == (two,)


def test_the_last_finished_pod_of_an_idle_cron_job_shows_what_it_ran() -> None:
    report = WorkloadKey("team", "CronJob", "report")
    runs = [
        Pod(PodKey("team", name), report, Replica(name, name, ()), finished=created)
        for name, created in (("b", "2031-01-02T00:00:00Z"), ("c", "2031-01-03T00:00:00Z"), ("a", None))
    ]
    cache = PodCache(lambda _key: None)

    cache.replace(None, runs[:2])
    assert cache.of(report) == (runs[1],)
    cache.seen(runs[2])
    assert cache.of(report) == (runs[2],)


def test_watch_events_during_a_list_are_newer() -> None:
    one, two, three = (a_pod(f"shop-abc-{number}") for number in (1, 2, 3))
    newer = replace(two, revision_hash="def")
    cache = PodCache(lambda _key: None)

    with cache.adding() as add:
        cache.gone(one.key)
        cache.seen(newer)
        add([one, two, three])

    assert cache.of(SHOP) == (newer, three)


def test_the_largest_namespace_is_evicted_first(monkeypatch: pytest.MonkeyPatch) -> None:
    honest, *many = (a_pod(f"shop-abc-{number}") for number in range(10))
    hostile = [replace(each, key=PodKey("hostile", each.key.name), owner=HOSTILE) for each in many]
    monkeypatch.setattr(pod_cache, "MAX_BYTES", 5 * honest.size)
    cache = PodCache(lambda _key: None)

    cache.replace(None, [*hostile, honest])

    assert cache.of(SHOP) == (honest,)
    assert cache.of(HOSTILE) is None


HOSTILE = WorkloadKey("hostile", "Deployment", "flood")
