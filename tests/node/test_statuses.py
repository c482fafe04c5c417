"""What a real node says of containers that do not run, and what the adapter makes of it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.cluster.cluster import Cluster, container, deployment
from tests.cluster.processes import wait_until
from tests.cluster.registry.images import LAST_WORD, push, push_platforms
from watch_cluster.adapters.kubernetes.resources.pods.pods import Pods
from watch_cluster.domain.workload.replica import Cause, ContainerProblem, ContainerState, Replica

PATIENCE_SECONDS = 60


class World:
    """A namespace with one Deployment of one instance."""

    def __init__(self, cluster: Cluster, namespace: str) -> None:
        self.cluster = cluster
        self.namespace = namespace

    def image(self, tag: str) -> str:
        return f"{self.cluster.registry}/{self.namespace}/shop:{tag}"

    def push(self, tag: str, behavior: str = "good", architecture: str = "amd64") -> str:
        name, program = f"{self.namespace}/shop", self.cluster.program
        return push(self.cluster.registry, name, tag, behavior, program=program, architecture=architecture)

    def run(self, image: str, *others: dict[str, Any], **fields: Any) -> None:
        """Run the image in a container called app; fields are the container's, others stand beside it."""
        document = deployment("shop", image, replicas=1)
        document["metadata"]["namespace"] = self.namespace
        pod = document["spec"]["template"]["spec"]
        pod["containers"][0] |= fields
        pod["containers"] += others
        self.cluster.kubectl.apply(document)

    def replica(self) -> Replica | None:
        """The instance as the adapter reads it."""
        found = self.cluster.read(f"/api/v1/namespaces/{self.namespace}/pods", labelSelector="app=shop")
        read = [Pods().read(json.dumps(each).encode())[2] for each in found["items"]]
        return next((each.replica for each in read if each is not None), None)

    def state(self, name: str = "app") -> ContainerState | None:
        replica = self.replica()
        return None if replica is None else replica.container(name)

    def problem(self, cause: Cause, name: str = "app") -> ContainerProblem:
        """Wait until the container has that problem."""

        def troubled() -> bool:
            state = self.state(name)
            return state is not None and state.problem is not None and state.problem.cause is cause

        wait_until(troubled, f"container {name} is to have the problem: {cause}", PATIENCE_SECONDS)
        state = self.state(name)
        assert state is not None
        assert state.problem is not None
        return state.problem


@pytest.fixture
def world(node_cluster: Cluster, node_namespace: str) -> World:
    return World(node_cluster, node_namespace)


def test_a_good_container_is_ready_and_reports_its_digest(world: World) -> None:
    digest = world.push("1")
    world.run(world.image("1"))

    def serves() -> bool:
        replica = world.replica()
        return replica is not None and replica.ready

    wait_until(serves, "the instance is ready", PATIENCE_SECONDS)
    state = world.state()
    assert state is not None
    assert (state.started, state.ready, state.restarts, state.problem) == (True, True, 0, None)
    assert state.runs is not None
    assert (state.runs.digest, state.runs.bare) == (digest, False)


def test_an_image_that_is_not_there(world: World) -> None:
    world.push("1")
    world.run(world.image("2"))
    assert "not found" in world.problem(Cause.IMAGE_NOT_FOUND).message


def test_an_image_for_another_platform(world: World) -> None:
    push_platforms(
        world.cluster.registry, f"{world.namespace}/shop", "1", {"s390x": world.push("1-s390x", architecture="s390x")}
    )
    world.run(world.image("1"))
    assert "no match for platform" in world.problem(Cause.IMAGE_NOT_FOR_PLATFORM).message


def test_a_registry_that_does_not_respond(world: World) -> None:
    world.run("127.0.0.1:1/shop:1")
    assert "connection refused" in world.problem(Cause.IMAGE_NOT_PULLED).message


def test_a_name_that_is_no_image(world: World) -> None:
    world.run("SHOP:1")
    world.problem(Cause.IMAGE_NAME_INVALID)


def test_an_image_that_may_not_be_pulled(world: World) -> None:
    world.push("1")
    world.run(world.image("1"), imagePullPolicy="Never")
    world.problem(Cause.IMAGE_NOT_PRESENT)


def test_a_command_that_is_not_there(world: World) -> None:
    world.push("1")
    world.run(world.image("1"), command=["/nothing"])
    problem = world.problem(Cause.NOT_STARTED)
    assert "no such file" in problem.message
    state = world.state()
    assert state is not None


def test_a_secret_that_is_not_there(world: World) -> None:
    world.push("1")
    world.run(world.image("1"), env=[{"name": "KEY", "valueFrom": {"secretKeyRef": {"name": "db", "key": "key"}}}])
    assert 'secret "db" not found' in world.problem(Cause.NOT_CONFIGURED).message


def test_an_image_that_runs_as_root_where_it_must_not(world: World) -> None:
    world.push("1")
    world.run(world.image("1"), securityContext={"runAsNonRoot": True})
    assert "runAsNonRoot" in world.problem(Cause.NOT_STARTED).message


@pytest.mark.parametrize("behavior", ["crash", "crash-later"])
def test_a_crashed_container_is_restarted_and_reports_its_last_log_line(world: World, behavior: str) -> None:
    world.push("1", behavior)
    world.run(world.image("1"))

    def says_why() -> bool:
        # The kubelet can lose the message of one crash ("Error on reading termination log").
        return LAST_WORD in world.problem(Cause.CRASHED).message

    wait_until(says_why, "the crash says its last word", PATIENCE_SECONDS)

    def restarted() -> bool:
        state = world.state()
        return state is not None and state.restarts >= 2 and LAST_WORD in state.last_end

    wait_until(restarted, "it is restarted twice", PATIENCE_SECONDS)


def test_the_failing_one_of_two_containers_is_known(world: World) -> None:
    world.push("1")
    world.push("2", "crash")
    world.run(world.image("1"), container("mesh", world.image("2")))
    world.problem(Cause.CRASHED, "mesh")
    state, replica = world.state(), world.replica()
    assert state is not None
    assert replica is not None
    assert (state.problem, replica.ready) == (None, False)


def test_a_pod_that_no_node_takes(world: World) -> None:
    world.push("1")
    world.run(world.image("1"), resources={"requests": {"cpu": "1000"}})

    def unplaced() -> bool:
        replica = world.replica()
        return replica is not None and "Insufficient cpu" in (replica.unplaced or "")

    wait_until(unplaced, "no node accepts it", PATIENCE_SECONDS)
