from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from queue import Queue
from threading import Thread
from urllib.parse import urlsplit

import pytest
from structlog.testing import capture_logs

from tests.cluster.processes import wait_until
from tests.fakes.timing import FakeClock
from tests.fakes.watch_timing import FakeTiming
from tests.servers.kubernetes_api import LIMIT_SECONDS, FakeKubernetesApi, OpenWatch, Reply, deployment, listing
from watch_cluster.adapters.kubernetes.client.api import KubernetesApi
from watch_cluster.adapters.kubernetes.client.permissions import FORGOTTEN_AFTER_SECONDS, PERMANENT_AFTER_SECONDS
from watch_cluster.adapters.kubernetes.orchestrator import kubernetes_orchestrator
from watch_cluster.adapters.kubernetes.watch.namespace_cache import UNREADABLE
from watch_cluster.application.ports.orchestrator.orchestrator import Orchestrator
from watch_cluster.application.ports.orchestrator.workload_reader import OrchestratorError, OrchestratorUnavailable
from watch_cluster.application.ports.orchestrator.workload_writer import ChangeConflict, ChangeRejected
from watch_cluster.domain.workload.workload import Change, Container, Freeze, ImageChange, Workload, WorkloadKey

ENABLED = "watch-cluster.io/enabled"
CHANGE = Change(
    "uid-of-app", {"watch-cluster.io/change": "x"}, {ENABLED: "true"}, (ImageChange("main", "app:1", "app:2"),)
)
APP = WorkloadKey("team", "Deployment", "app")
INVALID = Reply.refusal(422, "Invalid", "a test failed, or not")
FORBIDDEN = Reply.refusal(403, "Forbidden", 'User "me" cannot patch resource "deployments"')


@pytest.fixture
def fake() -> Iterator[FakeKubernetesApi]:
    fake = FakeKubernetesApi()
    fake.lists[0] = Reply.of(listing(deployment()))
    with fake:
        yield fake


@pytest.fixture
def make(fake: FakeKubernetesApi, connect: Callable[[int], KubernetesApi]) -> Iterator[Callable[..., Orchestrator]]:
    made = []

    def make(*namespaces: str) -> Orchestrator:
        pace = FakeTiming(FakeClock()).timing
        made.append(kubernetes_orchestrator(connect(urlsplit(fake.url).port or 0), namespaces, pace))
        return made[-1]

    yield make
    for orchestrator in made:
        orchestrator.feed.close()


@pytest.fixture
def loaded(make: Callable[..., Orchestrator], fake: FakeKubernetesApi) -> Orchestrator:
    orchestrator = make()
    orchestrator.reader.load()
    fake.requests.clear()
    return orchestrator


class Observed:
    """An orchestrator that observes, its open watch, and the hints that it gave."""

    def __init__(self, orchestrator: Orchestrator, fake: FakeKubernetesApi) -> None:
        self.orchestrator = orchestrator
        self.fake = fake
        self._hints: Queue[tuple[WorkloadKey, bool]] = Queue()
        orchestrator.feed.start(lambda key: self._hints.put((key, orchestrator.reader.find(key) is not None)))
        self.watch: OpenWatch = fake.next_watch()
        self.watch_of_namespaces: OpenWatch = fake.next_watch_of_namespaces()
        fake.watches_of_other_kinds()

    def hint(self) -> tuple[str, bool]:
        """Wait for the next hint: of which workload, and whether it was there at that moment."""
        key, there = self._hints.get(timeout=LIMIT_SECONDS)
        return key.name, there

    def silent(self) -> bool:
        """Whether no hint waits."""
        return self._hints.empty()


@pytest.fixture
def observed(make: Callable[..., Orchestrator], fake: FakeKubernetesApi) -> Observed:
    return Observed(make(), fake)


def test_a_listed_workload_is_reported_and_found(observed: Observed) -> None:
    assert observed.hint() == ("app", True)
    assert observed.orchestrator.feed.synced()
    assert [each.key for each in observed.orchestrator.reader.workloads()] == [APP]


def test_nothing_is_synced_before_the_start(make: Callable[..., Orchestrator]) -> None:
    assert not make().feed.synced()


def test_nothing_is_synced_before_every_namespace_was_listed(
    make: Callable[..., Orchestrator], fake: FakeKubernetesApi
) -> None:
    orchestrator = make("team", "other")
    fake.answering.clear()
    orchestrator.feed.start(lambda _: None)
    assert not orchestrator.feed.synced()

    fake.answering.set()
    fake.next_watch()
    fake.next_watch()
    fake.next_watch_of_namespaces()
    fake.watches_of_other_kinds(scopes=2)
    assert orchestrator.feed.synced()


def test_changes_opt_outs_and_deletions_are_hinted_at(observed: Observed) -> None:
    observed.hint()
    observed.watch.send("MODIFIED", deployment(version="2", image="app:2"))
    assert observed.hint() == ("app", True)
    observed.watch.send("MODIFIED", deployment(version="3", metadata={"annotations": {}}))
    assert observed.hint() == ("app", False)
    observed.watch.send("ADDED", deployment("other", version="4"))
    assert observed.hint() == ("other", True)
    observed.watch.send("DELETED", deployment("other", version="5"))
    assert observed.hint() == ("other", False)


def test_workloads_of_others_are_not_hinted_at(observed: Observed) -> None:
    observed.hint()
    observed.watch.send("ADDED", deployment("theirs", metadata={"annotations": {}}))
    observed.watch.send("DELETED", deployment("theirs", metadata={"annotations": {}}))
    observed.watch.send("ADDED", deployment("ours"))

    assert observed.hint() == ("ours", True)


def test_a_new_list_hints_at_what_was_missed_and_at_nothing_else(observed: Observed, fake: FakeKubernetesApi) -> None:
    observed.hint()
    observed.watch.send("ADDED", deployment("deleted meanwhile"))
    observed.watch.send("ADDED", deployment("changed meanwhile"))
    assert (observed.hint(), observed.hint()) == (("deleted meanwhile", True), ("changed meanwhile", True))

    fake.lists[0] = Reply.of(listing(deployment(), deployment("changed meanwhile", image="app:9")))
    observed.watch.send("ERROR", {"code": 410})
    fake.next_watch()

    assert {observed.hint(), observed.hint()} == {("deleted meanwhile", False), ("changed meanwhile", True)}
    assert observed.silent()


def test_a_new_list_of_one_namespace_leaves_the_others_alone(
    make: Callable[..., Orchestrator], fake: FakeKubernetesApi
) -> None:
    orchestrator = make("team", "other")
    elsewhere = deployment(metadata={"namespace": "other"})
    fake.lists.append(Reply.of(listing(elsewhere)))

    orchestrator.reader.load()

    assert {each.key.namespace for each in orchestrator.reader.workloads()} == {"team", "other"}


def namespace(name: str = "team", version: str = "1", **said: str) -> dict[str, object]:
    annotations = {f"watch-cluster.io/{key}": value for key, value in said.items()}
    return {"metadata": {"name": name, "resourceVersion": version, "annotations": {"other/key": "x", **annotations}}}


def found(orchestrator: Orchestrator) -> Workload:
    workload = orchestrator.reader.find(APP)
    assert workload is not None
    return workload


def test_settings_of_a_namespace_are_shown_on_its_workloads(observed: Observed) -> None:
    observed.hint()
    observed.watch_of_namespaces.send("MODIFIED", namespace(strategy="latest"))
    assert observed.hint() == ("app", True)
    assert found(observed.orchestrator).inherited == {"watch-cluster.io/strategy": "latest"}

    observed.watch_of_namespaces.send("MODIFIED", namespace(version="2"))
    assert observed.hint() == ("app", True)
    assert found(observed.orchestrator).inherited == {}

    observed.watch_of_namespaces.send("ADDED", namespace("elsewhere", "3", strategy="latest"))
    observed.watch.send("ADDED", deployment("last"))
    assert observed.hint() == ("last", True), "what another namespace says concerns nobody here"


@pytest.mark.parametrize("frozen", ["team", "watch-cluster"])
def test_a_freeze_of_its_namespace_or_of_our_own_is_shown(observed: Observed, frozen: str) -> None:
    observed.hint()
    observed.watch_of_namespaces.send("ADDED", namespace(frozen, freeze="release week"))
    assert observed.hint() == ("app", True)
    assert found(observed.orchestrator).freeze == Freeze(frozen, "release week")

    observed.watch_of_namespaces.send("DELETED", namespace(frozen, "2", freeze="release week"))
    assert observed.hint() == ("app", True)
    assert found(observed.orchestrator).freeze is None


def test_a_new_list_of_namespaces_hints_at_what_was_missed(observed: Observed, fake: FakeKubernetesApi) -> None:
    observed.hint()
    fake.namespaces[0] = Reply.of(listing(namespace(freeze="x"), namespace("says nothing to us")))
    observed.watch_of_namespaces.send("ERROR", {"code": 410})
    assert observed.hint() == ("app", True)
    assert [each.freeze for each in observed.orchestrator.reader.workloads()] == [Freeze("team", "x")]


def test_without_permission_to_read_namespaces_each_counts_as_frozen(
    make: Callable[..., Orchestrator], fake: FakeKubernetesApi, capsys: pytest.CaptureFixture[str]
) -> None:
    fake.namespaces[0] = FORBIDDEN
    orchestrator = make()
    orchestrator.reader.load()
    assert found(orchestrator).freeze == Freeze("team", UNREADABLE)
    assert "cannot list namespaces in all namespaces" in capsys.readouterr().out


def test_a_freeze_is_a_patch_of_the_namespace_alone(loaded: Orchestrator, fake: FakeKubernetesApi) -> None:
    loaded.freezes.freeze("team", "release week")
    loaded.freezes.freeze("team", None)
    assert [(each.method, each.path, each.document) for each in fake.requests] == [
        ("PATCH", "/api/v1/namespaces/team", {"metadata": {"annotations": {"watch-cluster.io/freeze": reason}}})
        for reason in ("release week", None)
    ]


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        pytest.param(Reply.refusal(404, "NotFound"), "there is no namespace team", id="no such namespace"),
        pytest.param(FORBIDDEN, "the API server refuses to patch namespace team", id="no right"),
    ],
)
def test_reports_a_refused_freeze(loaded: Orchestrator, fake: FakeKubernetesApi, reply: Reply, words: str) -> None:
    fake.others[0] = reply
    with pytest.raises(ChangeRejected, match=words):
        loaded.freezes.freeze("team", "x")


def test_a_controlled_workload_is_shown_with_its_owner(loaded: Orchestrator, fake: FakeKubernetesApi) -> None:
    owners = [{"kind": "Team", "name": "blue"}, {"kind": "Rollout", "name": "app", "controller": True}]
    fake.lists[0] = Reply.of(listing(deployment(metadata={"ownerReferences": owners})))
    loaded.reader.load()
    assert found(loaded).owner == "Rollout app"


def test_init_containers_are_shown_after_the_others_and_patched_where_they_are(
    loaded: Orchestrator, fake: FakeKubernetesApi
) -> None:
    pod = {
        "initContainers": [{"name": "migrate", "image": "tool:1", "imagePullPolicy": "Always"}],
        "containers": [{"name": "main", "image": "app:1"}],
    }
    fake.lists[0] = Reply.of(listing(deployment(spec={"template": {"spec": pod}})))
    loaded.reader.load()
    assert found(loaded).containers == (Container("main", "app:1"), Container("migrate", "tool:1", True, init=True))

    fake.requests.clear()
    loaded.writer.apply(APP, replace(CHANGE, images=(ImageChange("migrate", "tool:1", "tool:2"),)))
    paths = [each["path"] for each in fake.requests[0].document]
    assert "/spec/template/spec/initContainers/0/image" in paths


def test_after_the_end_nothing_is_hinted_at(observed: Observed) -> None:
    observed.hint()
    observed.orchestrator.feed.close()
    observed.watch.send("ADDED", deployment("late"))

    assert observed.silent()


def test_our_own_writes_are_visible_before_their_watch_events(loaded: Orchestrator, fake: FakeKubernetesApi) -> None:
    fake.others[0] = Reply.of(deployment(image="app:2", version="2"))
    loaded.writer.apply(APP, CHANGE)

    found = loaded.reader.find(APP)
    assert found is not None
    assert found.image_of("main") == "app:2"


def test_watch_events_during_a_write_are_later_than_its_response(observed: Observed, fake: FakeKubernetesApi) -> None:
    observed.hint()
    fake.others[0] = Reply.of(deployment(image="app:2", version="2"))
    fake.answering.clear()
    writing = Thread(target=observed.orchestrator.writer.apply, args=(APP, CHANGE))
    writing.start()
    wait_until(lambda: fake.requests[-1].method == "PATCH", "it writes", LIMIT_SECONDS)
    observed.watch.send("MODIFIED", deployment(image="app:3", version="3"))
    observed.hint()
    fake.answering.set()
    writing.join(LIMIT_SECONDS)

    found = observed.orchestrator.reader.find(APP)
    assert found is not None
    assert found.image_of("main") == "app:3"


def test_a_change_is_one_patch_in_our_name(loaded: Orchestrator, fake: FakeKubernetesApi) -> None:
    loaded.writer.apply(APP, CHANGE)

    (request,) = fake.requests
    assert (request.method, request.path) == ("PATCH", "/apis/apps/v1/namespaces/team/deployments/app")
    assert request.query == {"fieldManager": "watch-cluster"}
    assert request.headers["content-type"] == "application/json-patch+json"
    assert request.document[0] == {"op": "test", "path": "/metadata/uid", "value": "uid-of-app"}


@pytest.mark.parametrize(
    ("replies", "error", "words"),
    [
        pytest.param([Reply.refusal(404)], ChangeConflict, "changed meanwhile", id="gone"),
        pytest.param([Reply.refusal(409)], ChangeConflict, "changed meanwhile", id="conflict"),
        pytest.param([INVALID, Reply.refusal(404)], ChangeConflict, "changed", id="a test failed, and now it is gone"),
        pytest.param(
            [INVALID, Reply.of(deployment(image="app:9"))], ChangeConflict, "changed", id="a test failed: another image"
        ),
        pytest.param(
            [INVALID, Reply.of(deployment(metadata={"uid": "other"}))],
            ChangeConflict,
            "changed",
            id="a test failed: another object",
        ),
        pytest.param(
            [INVALID, Reply.of(deployment(metadata={"annotations": {ENABLED: "false"}}))],
            ChangeConflict,
            "changed",
            id="a test failed: another annotation",
        ),
        pytest.param(
            [INVALID, Reply.of(deployment(metadata={"annotations": {}}))],
            ChangeConflict,
            "changed",
            id="a test failed: opted out",
        ),
        pytest.param(
            [
                INVALID,
                Reply.of(
                    deployment(
                        spec={
                            "template": {
                                "spec": {
                                    "containers": [{"name": "new", "image": "n:1"}, {"name": "main", "image": "app:1"}]
                                }
                            }
                        }
                    )
                ),
            ],
            ChangeConflict,
            "changed",
            id="a test failed: the container has moved",
        ),
        pytest.param(
            [INVALID, Reply.of(deployment())], ChangeRejected, "a test failed, or not", id="the tests hold: not valid"
        ),
        pytest.param([INVALID, Reply.refusal(500)], OrchestratorUnavailable, "cannot be read", id="no second look"),
        pytest.param(
            [INVALID, Reply(200, b"<")], OrchestratorUnavailable, "cannot be read", id="a second look at HTML"
        ),
        pytest.param([FORBIDDEN], OrchestratorUnavailable, r"cannot patch .*k8s/rbac\.yaml", id="a right, at first"),
        pytest.param([Reply.refusal(403, message="quota")], ChangeRejected, "quota$", id="another prohibition"),
        pytest.param([Reply.refusal(400, message="webhook")], ChangeRejected, "webhook", id="a bad request"),
        pytest.param([Reply.refusal(405)], ChangeRejected, "refuses to", id="a method that is not allowed"),
        pytest.param([Reply.refusal(413)], ChangeRejected, "refuses to", id="too large"),
        pytest.param([Reply.refusal(401)], OrchestratorUnavailable, "token", id="a token that is not known"),
        pytest.param([Reply.refusal(429)], OrchestratorUnavailable, "429", id="too many requests"),
        pytest.param([Reply.refusal(500)], OrchestratorUnavailable, "500", id="a fault of the server's"),
        pytest.param([Reply(502, b"<html>")], OrchestratorUnavailable, "502", id="a proxy's page"),
        pytest.param([Reply(200, b"{", short_by=9)], OrchestratorUnavailable, "cannot be reached", id="half an answer"),
    ],
)
def test_a_failed_change_says_whether_a_retry_can_help(
    loaded: Orchestrator,
    fake: FakeKubernetesApi,
    replies: list[Reply],
    error: type[OrchestratorError],
    words: str,
) -> None:
    fake.others.clear()
    fake.others.extend(replies)

    with pytest.raises(error, match=words) as caught:
        loaded.writer.apply(APP, CHANGE)

    assert str(APP) in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def test_a_right_that_was_refused_for_a_while_is_lacking(
    fake: FakeKubernetesApi, connect: Callable[[int], KubernetesApi]
) -> None:
    clock = FakeClock()
    orchestrator = kubernetes_orchestrator(connect(urlsplit(fake.url).port or 0), (), FakeTiming(clock).timing)
    orchestrator.reader.load()
    fake.others[0] = FORBIDDEN
    with pytest.raises(OrchestratorUnavailable):
        orchestrator.writer.apply(APP, CHANGE)
    clock.advance(timedelta(seconds=PERMANENT_AFTER_SECONDS))
    with pytest.raises(ChangeRejected, match="refuses to"):
        orchestrator.writer.apply(APP, CHANGE)

    clock.advance(timedelta(seconds=2 * FORGOTTEN_AFTER_SECONDS))
    with pytest.raises(OrchestratorUnavailable):
        orchestrator.writer.apply(APP, CHANGE)


@pytest.mark.parametrize(
    ("key", "change"),
    [
        pytest.param(WorkloadKey("team", "Deployment", "other"), CHANGE, id="a workload that is not known"),
        pytest.param(APP, Change("uid-of-app", {}, {}, (ImageChange("x", "a", "b"),)), id="a container that is gone"),
    ],
)
def test_a_change_of_what_is_not_there_is_not_even_sent(
    loaded: Orchestrator, fake: FakeKubernetesApi, key: WorkloadKey, change: Change
) -> None:
    with pytest.raises(ChangeConflict, match="is gone"):
        loaded.writer.apply(key, change)

    assert fake.requests == []


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        pytest.param(FORBIDDEN, r"cannot list deployments in all namespaces: .*403.*k8s/rbac\.yaml", id="forbidden"),
        pytest.param(Reply.refusal(404), "cannot list deployments in all namespaces: .*404", id="not served"),
        pytest.param(Reply.refusal(500), "cannot list deployments in all namespaces: .*500", id="a server's fault"),
        pytest.param(Reply(200, b"<html>"), "cannot list deployments in all namespaces", id="no API server"),
        pytest.param(Reply(200, b"{", short_by=9), "cannot be reached", id="half an answer"),
    ],
)
def test_a_failed_reconcile_is_logged_in_one_line(
    make: Callable[..., Orchestrator], fake: FakeKubernetesApi, reply: Reply, words: str
) -> None:
    fake.lists[0] = reply

    with pytest.raises(OrchestratorUnavailable, match=words) as caught:
        make().reader.load()

    assert len(str(caught.value).splitlines()) == 1


def test_skips_a_forbidden_namespace_with_one_log_line(
    make: Callable[..., Orchestrator], fake: FakeKubernetesApi
) -> None:
    fake.lists.appendleft(FORBIDDEN)
    orchestrator = make("closed", "team")

    with capture_logs() as logs:
        orchestrator.reader.load()

    assert [each.key for each in orchestrator.reader.workloads()] == [APP]
    assert len(logs) == 1
    assert logs[0]["event"].startswith("cannot list deployments in namespace closed")
