"""Which workload the core sees: its settings, its progress, and who manages it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.adapters.docker.containers.machine import NOW, container, group
from watch_cluster.adapters.docker.containers.group import ImageFacts
from watch_cluster.adapters.docker.containers.names import STATE_VERSION
from watch_cluster.adapters.docker.containers.replicas import replicas_of
from watch_cluster.adapters.docker.containers.workload import workload_of
from watch_cluster.adapters.docker.state.store import Entry
from watch_cluster.domain.workload.annotation import ENABLED, QUARANTINE


def test_a_running_container_is_complete() -> None:
    workload = workload_of(group(container()))
    assert workload is not None
    assert workload.progress.complete
    assert workload.annotations == {ENABLED: "true"}


def test_a_stopped_container_has_no_desired_replicas() -> None:
    workload = workload_of(group(container(status="exited")))
    assert workload is not None
    assert (workload.progress.desired, workload.progress.unverifiable) == (0, "it is stopped")


def test_labels_of_the_image_are_not_settings_of_the_owner() -> None:
    assert workload_of(group(container(), image=ImageFacts((), {ENABLED: "true"}))) is None


@pytest.mark.parametrize(
    ("rest", "owner"),
    [
        pytest.param({"auto_remove": True}, "docker run --rm", id="removed when it stops"),
        pytest.param({"labels": {ENABLED: "true", "com.docker.swarm.service.name": "shop"}}, "Swarm", id="Swarm"),
        pytest.param({"labels": {ENABLED: "true", "io.kubernetes.pod.name": "shop-1"}}, "Kubernetes", id="Kubernetes"),
    ],
)
def test_a_container_that_another_program_manages_is_held(rest: dict[str, Any], owner: str) -> None:
    workload = workload_of(group(container(**rest)))
    assert workload is not None
    assert workload.owner is not None
    assert owner in workload.owner


def test_a_paused_container_is_held() -> None:
    workload = workload_of(group(container(status="paused")))
    assert workload is not None
    assert (workload.paused, workload.resume_command) == (True, "docker unpause web")


def test_a_created_successor_is_a_decided_change_whose_replica_is_still_the_old_one() -> None:
    old, new = container(), container("web-watch-cluster-next", "shop:2", status="created", created=NOW.replace(day=2))
    both = group(old, new)
    workload = workload_of(both)
    assert workload is not None
    assert workload.containers[0].image == "shop:2"
    assert (workload.progress.updated, workload.progress.complete) == (0, False)
    assert [each.id for each in replicas_of(both, running=True)] == [old.id]


def test_records_survive_the_loss_of_the_store_in_the_labels() -> None:
    labels = {ENABLED: "true", QUARANTINE: "shop:2", STATE_VERSION: "3"}
    lost = workload_of(group(container(labels=labels)))
    kept = workload_of(group(container(labels=labels), entry=Entry(4, {QUARANTINE: "shop:3"})))
    assert lost is not None
    assert kept is not None
    assert (lost.annotations[QUARANTINE], kept.annotations[QUARANTINE]) == ("shop:2", "shop:3")
