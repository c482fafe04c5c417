"""Rollouts of what the features do not have: several containers, and Jobs that really run."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tests.cluster.cluster import Cluster, container, deployment
from tests.features.worlds.cluster import ClusterWorld
from watch_cluster.domain.rollout.record.lifecycle import RolloutState
from watch_cluster.domain.rollout.record.record import RolloutRecord
from watch_cluster.domain.workload import annotation


def is_closed(world: ClusterWorld, state: RolloutState) -> bool:
    text = world.annotation("shop", annotation.ROLLOUT)
    return text is not None and RolloutRecord.parse(text).state is state


def images(cluster: Cluster, namespace: str) -> list[str]:
    found: Any = cluster.read(f"/apis/apps/v1/namespaces/{namespace}/deployments/shop")
    return [each["image"] for each in found["spec"]["template"]["spec"]["containers"]]


def test_both_changed_containers_are_rolled_back_and_the_failing_one_is_quarantined(
    world: ClusterWorld, node_cluster: Cluster, node_namespace: str
) -> None:
    for repository in ("shop", "mesh"):
        world.publish(repository, "1.0.0")
    old = [world.reference("shop:1.0.0"), world.reference("mesh:1.0.0")]
    document = deployment("shop", old[0])
    document["metadata"] |= {
        "namespace": node_namespace,
        "annotations": {annotation.ENABLED: "true", annotation.CONTAINERS: "*"},
    }
    document["spec"]["template"]["spec"]["containers"].append(container("mesh", old[1]))
    node_cluster.kubectl.apply(document)
    node_cluster.kubectl("rollout", "status", "-n", node_namespace, "deployment/shop", "--timeout=60s")
    world.start()
    world.publish("shop", "1.0.1")
    world.publish("mesh", "1.0.1", "crash")

    world.pass_time(timedelta(minutes=5))

    world.eventually(lambda: is_closed(world, RolloutState.ROLLED_BACK), "it is rolled back")
    assert images(node_cluster, node_namespace) == old
    assert world.annotation("shop", annotation.QUARANTINE) == world.reference("mesh:1.0.1")

    world.pass_time(timedelta(minutes=5))
    world.eventually(lambda: is_closed(world, RolloutState.DONE), "what works is taken by itself")
    assert images(node_cluster, node_namespace) == [world.reference("shop:1.0.1"), old[1]]


def test_a_job_of_an_updated_cron_job_runs_the_new_image(
    world: ClusterWorld, node_cluster: Cluster, node_namespace: str
) -> None:
    world.publish("shop", "1.0.0")
    world.start()
    world.deploy("shop", "shop:1.0.0", {annotation.ENABLED: "true"}, kind="CronJob")
    world.publish("shop", "1.0.1")
    world.pass_time(timedelta(minutes=5))
    world.eventually(lambda: is_closed(world, RolloutState.DONE), "the CronJob is updated")

    node_cluster.kubectl("create", "job", "-n", node_namespace, "now", "--from=cronjob/shop")

    world.eventually(lambda: world.runs("shop") == {world.digest("shop:1.0.1")}, "the Job runs the new image")
