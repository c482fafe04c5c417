"""The adapter against a real API server, with the rights that Watch-Cluster has in a cluster."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from threading import Event, Thread

import pytest
from structlog.testing import capture_logs

from tests.cluster.cluster import Cluster, deployment
from tests.cluster.control_plane import ControlPlane
from tests.cluster.processes import wait_until
from tests.cluster.registry.images import push
from watch_cluster.adapters.kubernetes.client.api import KubernetesApi
from watch_cluster.adapters.kubernetes.orchestrator import kubernetes_orchestrator
from watch_cluster.adapters.kubernetes.watch.backoff import Timing
from watch_cluster.application.ports.orchestrator.workload_reader import OrchestratorUnavailable
from watch_cluster.application.ports.orchestrator.workload_writer import ChangeConflict, ChangeRejected
from watch_cluster.domain.workload.workload import Change, ImageChange, Workload, WorkloadKey

ENABLED = "watch-cluster.io/enabled"
CHANGE = "watch-cluster.io/change"


class World:
    """The adapter on one namespace of the cluster."""

    def __init__(self, cluster: Cluster, namespace: str, timing: Timing | None = None) -> None:
        self.cluster = cluster
        self.namespace = namespace
        self.orchestrator = kubernetes_orchestrator(
            KubernetesApi.connect(str(cluster.kubeconfig)), (namespace,), timing or Timing()
        )
        self.hinted: list[tuple[str, Workload | None]] = []
        """The names that were hinted at, with what was found at that moment."""

    def start(self) -> None:
        self.orchestrator.feed.start(lambda key: self.hinted.append((key.name, self.orchestrator.reader.find(key))))
        wait_until(self.orchestrator.feed.synced, "everything was listed")

    def deploy(self, name: str, tag: str = "1.0.0", *, watched: bool = True) -> None:
        document = deployment(name, self.image(tag))
        annotations = {"team": "blue", **({ENABLED: "true"} if watched else {})}
        document["metadata"] = {"name": name, "namespace": self.namespace, "annotations": annotations}
        self.cluster.kubectl.apply(document)

    def image(self, tag: str) -> str:
        return f"{self.cluster.registry}/{self.namespace}/shop:{tag}"

    def kubectl(self, *arguments: str) -> str:
        return self.cluster.kubectl("-n", self.namespace, *arguments)

    def key(self, name: str) -> WorkloadKey:
        return WorkloadKey(self.namespace, "Deployment", name)

    def find(self, name: str) -> Workload | None:
        return self.orchestrator.reader.find(self.key(name))

    def known(self, name: str) -> Workload:
        wait_until(lambda: self.find(name) is not None, f"{name} is known")
        workload = self.find(name)
        assert workload is not None
        return workload

    def step(self, before: str, after: str) -> ImageChange:
        return ImageChange("app", self.image(before), self.image(after))


@pytest.fixture
def world(cluster: Cluster, namespace: str) -> Iterator[World]:
    made = World(cluster, namespace)
    yield made
    made.orchestrator.feed.close()


@pytest.fixture
def plane(cluster: Cluster) -> ControlPlane:
    if cluster.control_plane is None:
        pytest.skip("breaks the control plane, which is not the tests' own")
    return cluster.control_plane


def test_workloads_come_change_opt_out_and_go(world: World) -> None:
    world.deploy("first")
    world.deploy("theirs", watched=False)
    world.start()
    assert [each.key.name for each in world.orchestrator.reader.workloads()] == ["first"]

    world.deploy("second")
    assert world.known("second").annotations == {ENABLED: "true"}
    world.deploy("second", "1.0.1")
    wait_until(lambda: world.known("second").image_of("app") == world.image("1.0.1"), "the image is seen")
    world.kubectl("annotate", "deployment", "second", f"{ENABLED}-")
    wait_until(lambda: world.find("second") is None, "the opt-out is seen")
    world.kubectl("delete", "deployment", "first")
    wait_until(lambda: world.find("first") is None, "the deletion is seen")
    wait_until(
        lambda: {name for name, found in list(world.hinted) if found is None} == {"first", "second"},
        "both are reported as gone",
    )
    assert {name for name, _ in world.hinted} == {"first", "second"}


def test_a_list_sees_what_a_watch_sees(world: World) -> None:
    world.deploy("shop")

    world.orchestrator.reader.load()

    assert world.find("shop") is not None


@pytest.mark.parametrize("text", ["a -> b", "<a> & 'b' \"c\"", "é 한 \u2028 \U0001f600", "\\u003c", "a\tb\nc", "\x7f"])
def test_a_tested_annotation_may_contain_any_characters(world: World, text: str) -> None:
    world.deploy("shop")
    world.start()
    known = world.known("shop")
    world.orchestrator.writer.apply(known.key, Change(known.uid, {CHANGE: text}, {ENABLED: "true"}))
    wait_until(lambda: world.known("shop").annotations.get(CHANGE) == text, "the text is seen")

    world.orchestrator.writer.apply(known.key, Change(known.uid, {CHANGE: None}, {CHANGE: text}))

    wait_until(lambda: CHANGE not in world.known("shop").annotations, "it is gone")


def test_a_change_that_expects_absence_conflicts_with_presence(world: World) -> None:
    world.deploy("shop")
    world.start()
    known = world.known("shop")
    first = Change(known.uid, {CHANGE: "first"}, {CHANGE: None})
    world.orchestrator.writer.apply(known.key, first)
    wait_until(lambda: CHANGE in world.known("shop").annotations, "the change is seen")
    with pytest.raises(ChangeConflict):
        world.orchestrator.writer.apply(known.key, first)


def test_a_change_writes_the_image_and_the_annotations_and_counts_as_our_own(world: World) -> None:
    world.deploy("shop")
    world.start()
    before = world.known("shop")

    world.orchestrator.writer.apply(
        before.key, Change(before.uid, {CHANGE: "a/b ~ c"}, {ENABLED: "true"}, (world.step("1.0.0", "1.0.1"),))
    )

    wait_until(lambda: world.known("shop").image_of("app") == world.image("1.0.1"), "the change is seen")
    after = world.known("shop")
    assert after.annotations == {ENABLED: "true", CHANGE: "a/b ~ c"}
    assert after.last_modified_by_others == before.last_modified_by_others
    document = world.cluster.kubectl.json("-n", world.namespace, "get", "deployment", "shop", "--show-managed-fields")
    assert document["metadata"]["annotations"]["team"] == "blue"
    assert "watch-cluster" in {each["manager"] for each in document["metadata"]["managedFields"]}


def test_a_rollout_is_seen_from_its_start_to_its_end(world: World) -> None:
    for tag in ("1.0.0", "1.0.1"):
        push(world.cluster.registry, f"{world.namespace}/shop", tag)
    world.deploy("shop")
    world.start()
    wait_until(lambda: world.known("shop").progress.complete, "the first image runs")
    world.hinted.clear()

    world.orchestrator.writer.apply(
        world.key("shop"), Change(world.known("shop").uid, {}, {}, (world.step("1.0.0", "1.0.1"),))
    )

    wait_until(lambda: _completions(world) == {True, False}, "the rollout begins and ends")
    wait_until(lambda: world.known("shop").progress.complete, "it stays as it is")


def _completions(world: World) -> set[bool]:
    return {found.progress.complete for _, found in list(world.hinted) if found is not None}


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda world: world.deploy("shop", "2.0.0"), id="another image"),
        pytest.param(
            lambda world: world.kubectl("annotate", "deployment", "shop", f"{ENABLED}=false", "--overwrite"),
            id="opted out",
        ),
        pytest.param(lambda world: world.kubectl("annotate", "deployment", "shop", f"{ENABLED}-"), id="no annotation"),
        pytest.param(lambda world: world.kubectl("delete", "deployment", "shop"), id="gone"),
        pytest.param(
            lambda world: (world.kubectl("delete", "deployment", "shop"), world.deploy("shop")),
            id="another one of the same name",
        ),
        pytest.param(
            lambda world: world.kubectl(
                "patch",
                "deployment",
                "shop",
                "--type=json",
                '--patch=[{"op":"add","path":"/spec/template/spec/containers/0","value":{"name":"new","image":"n:1"}}]',
            ),
            id="a container in front",
        ),
    ],
)
def test_a_workload_that_changed_since_it_was_read_is_not_written(
    world: World, spoil: Callable[[World], object]
) -> None:
    world.deploy("shop")
    world.orchestrator.reader.load()
    seen = world.known("shop")
    spoil(world)

    with pytest.raises(ChangeConflict):
        world.orchestrator.writer.apply(
            seen.key, Change(seen.uid, {CHANGE: "x"}, {ENABLED: "true"}, (world.step("1.0.0", "1.0.1"),))
        )

    assert CHANGE not in world.kubectl("get", "deployment", "--output=yaml")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        pytest.param(({}, ImageChange("app", "1.0.0", "")), "image: Required value", id="no image"),
        pytest.param(({"watch-cluster.io/a b": "x"}, None), "metadata.annotations: Invalid value", id="a bad key"),
        pytest.param(({CHANGE: "x" * 300_000}, None), "Too long", id="a long annotation"),
        pytest.param(({CHANGE: "x" * 4_000_000}, None), "too large", id="a long request"),
    ],
)
def test_a_refusal_by_the_server_is_a_rejected_change(
    world: World, change: tuple[dict[str, str], ImageChange | None], words: str
) -> None:
    world.deploy("shop")
    world.orchestrator.reader.load()
    annotations, step = change
    images = () if step is None else (ImageChange(step.container, world.image(step.before), step.after),)

    with pytest.raises(ChangeRejected, match=words):
        world.orchestrator.writer.apply(world.key("shop"), Change(world.known("shop").uid, annotations, {}, images))


def test_a_server_that_is_stopped_and_started_in_mid_watch_is_found_again(world: World, plane: ControlPlane) -> None:
    world.deploy("shop")
    world.start()
    uid = world.known("shop").uid
    plane.api_server.stop()
    try:
        with pytest.raises(OrchestratorUnavailable):
            world.orchestrator.writer.apply(world.key("shop"), Change(uid, {CHANGE: "x"}, {}))
        assert world.find("shop") is not None
    finally:
        plane.api_server.start()
    world.deploy("later")

    assert world.known("later").annotations == {ENABLED: "true"}


def test_a_new_list_finds_changes_before_a_compaction(cluster: Cluster, namespace: str, plane: ControlPlane) -> None:
    gate = Event()
    world = World(cluster, namespace, Timing(wait=lambda stopping, _: gate.wait() and stopping.is_set()))
    try:
        world.deploy("deleted")
        world.start()
        world.known("deleted")
        plane.api_server.stop()
        plane.api_server.start()
        world.kubectl("delete", "deployment", "deleted")
        world.deploy("made")
        plane.compact()
        assert world.find("deleted") is not None
        with capture_logs() as logs:
            gate.set()
            wait_until(lambda: world.find("deleted") is None, "the deletion is seen")
        assert world.known("made").annotations == {ENABLED: "true"}
        assert any("history does not reach back far enough" in each["event"] for each in logs)
    finally:
        gate.set()
        world.orchestrator.feed.close()


def test_a_watch_on_a_server_that_hangs_is_closed_all_the_same(world: World, plane: ControlPlane) -> None:
    world.deploy("shop")
    world.start()
    plane.api_server.pause()
    try:
        closing = Thread(target=world.orchestrator.feed.close, daemon=True)
        closing.start()
        closing.join(10)
        assert not closing.is_alive()
    finally:
        plane.api_server.resume()
