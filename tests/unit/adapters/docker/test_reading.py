"""Which workload a container is, and what its state means."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from watch_cluster.adapters.docker.containers.facts import Facts, UnreadableContainer
from watch_cluster.adapters.docker.containers.names import START, STATE_VERSION, key_of, split_role
from watch_cluster.adapters.docker.containers.reading import Group, ImageFacts, group_of, replicas_of, workload_of
from watch_cluster.adapters.docker.engine.address import EngineAddress, InvalidAddress
from watch_cluster.adapters.docker.state.store import Entry
from watch_cluster.domain.workload.annotation import ENABLED, QUARANTINE
from watch_cluster.domain.workload.replica import Cause
from watch_cluster.domain.workload.workload import WorkloadKey

KEY = WorkloadKey("machine", "Container", "web")
DIGEST = f"sha256:{'1' * 64}"
NOW = datetime(2031, 1, 1, tzinfo=UTC)


def container(name: str = "web", image: str = "shop:1", **rest: Any) -> Facts:
    given = {"labels": {ENABLED: "true"}, "status": "running", "started_at": NOW, "created": NOW, **rest}
    return Facts(f"{name}-{image}", name, image, "sha256:abc", **given)


def group(*containers: Facts, entry: Entry | None = None, image: ImageFacts | None = None) -> Group:
    images = {"sha256:abc": image or ImageFacts()}
    return group_of(KEY, containers, entry or Entry(), images, {each.id: "no database" for each in containers})


@pytest.mark.parametrize(
    ("labels", "key"),
    [
        pytest.param({}, WorkloadKey("machine", "Container", "web"), id="a container"),
        pytest.param(
            {"com.docker.compose.project": "shop", "com.docker.compose.service": "app"},
            WorkloadKey("shop", "Service", "app"),
            id="a service of Compose",
        ),
        pytest.param(
            {
                "com.docker.compose.project": "shop",
                "com.docker.compose.service": "app",
                "com.docker.compose.oneoff": "True",
            },
            WorkloadKey("machine", "Container", "web"),
            id="docker compose run",
        ),
    ],
)
def test_a_container_belongs_to_a_workload(labels: dict[str, str], key: WorkloadKey) -> None:
    assert key_of("web-watch-cluster-previous", labels, "machine") == key


def test_an_ending_alone_is_a_name() -> None:
    assert split_role("-watch-cluster-next") == ("-watch-cluster-next", "")


def test_a_running_container_is_complete() -> None:
    workload = workload_of(group(container()))
    assert workload is not None
    assert workload.progress.complete
    assert workload.annotations == {ENABLED: "true"}


def test_a_stopped_container_wants_no_replica() -> None:
    workload = workload_of(group(container(status="exited")))
    assert workload is not None
    assert (workload.progress.desired, workload.progress.unverifiable) == (0, "it is stopped")


def test_labels_of_the_image_are_no_settings_of_the_owner() -> None:
    assert workload_of(group(container(), image=ImageFacts((), {ENABLED: "true"}))) is None


@pytest.mark.parametrize(
    ("rest", "owner"),
    [
        pytest.param({"auto_remove": True}, "docker run --rm", id="removed when it stops"),
        pytest.param({"labels": {ENABLED: "true", "com.docker.swarm.service.name": "shop"}}, "Swarm", id="Swarm"),
        pytest.param({"labels": {ENABLED: "true", "io.kubernetes.pod.name": "shop-1"}}, "Kubernetes", id="Kubernetes"),
    ],
)
def test_what_another_program_manages_is_held(rest: dict[str, Any], owner: str) -> None:
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


@pytest.mark.parametrize(
    ("rest", "cause"),
    [
        pytest.param({"status": "restarting", "exit_code": 1, "restarts": 2}, Cause.CRASHED, id="crash loop"),
        pytest.param({"status": "exited", "exit_code": 1}, Cause.STOPPED, id="ended, and no restart policy"),
        pytest.param({"status": "created", "error": "port is in use"}, Cause.STOPPED, id="cannot start"),
    ],
)
def test_why_a_new_container_does_not_run_is_told(rest: dict[str, Any], cause: Cause) -> None:
    labels = {ENABLED: "true", START: "true"}
    [replica] = replicas_of(group(container(labels=labels, **rest)), running=True)
    problem = replica.containers[0].problem
    assert problem is not None
    assert problem.cause is cause


def test_the_digest_that_runs_is_the_latest_of_its_repository() -> None:
    image = ImageFacts((f"other@sha256:{'2' * 64}", f"shop@{DIGEST}"))
    [replica] = replicas_of(group(container(), image=image), running=False)
    runs = replica.containers[0].runs
    assert runs is not None
    assert (runs.digest, runs.bare) == (DIGEST, False)


def test_an_unreadable_container_says_so() -> None:
    with pytest.raises(UnreadableContainer):
        Facts.of({"Id": "x", "State": None})


@pytest.mark.parametrize("host", ["docker.sock", "unix://", "ssh://machine", "tcp://"])
def test_an_address_that_cannot_be_used_is_a_fault(host: str) -> None:
    with pytest.raises(InvalidAddress, match="write unix:///PATH or tcp://HOST:PORT"):
        EngineAddress.parse(host)


def test_an_address_with_tls_is_https() -> None:
    assert EngineAddress.parse("tcp://docker.example:2376", tls=True).url == "https://docker.example:2376"
