"""Whose fault it is that a rollout does not come to a good end."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.unit.domain.rollouts import BEGUN, CRASHED, NEW, OLD, STEP, a_record, app, mesh, replica, turned
from watch_cluster.domain.rollout.evaluation.diagnosis import Diagnosis, diagnose, new_replicas, stuck_replicas
from watch_cluster.domain.rollout.record.failure import FailureCause
from watch_cluster.domain.workload.replica import Cause, ContainerProblem, ContainerState, Replica
from watch_cluster.domain.workload.workload import ImageChange, Progress

RECORD = a_record()
BUSY = ContainerProblem(Cause.IMAGE_NOT_PULLED, "429 Too Many Requests")
MISSING = ContainerProblem(Cause.NOT_CONFIGURED, 'secret "db" not found')
NOT_STARTED = ContainerProblem(Cause.NOT_STARTED, "no such file")


def waiting(problem: ContainerProblem | None = None) -> ContainerState:
    """The changed container, which was not started."""
    return ContainerState("app", NEW, problem=problem)


@pytest.mark.parametrize(
    ("found", "containers", "words"),
    [
        pytest.param(replica("one", app(ready=False, problem=CRASHED), mesh()), ("app",), "crashed", id="it crashes"),
        pytest.param(
            replica("one", app(ready=False), mesh()), ("app",), "does not get ready", id="it never gets ready"
        ),
        pytest.param(replica("one", waiting(NOT_STARTED), mesh()), ("app",), "no such file", id="it cannot be started"),
        pytest.param(
            replica("one", app(), mesh(ready=False, problem=CRASHED)),
            ("app",),
            "container mesh",
            id="its neighbour fails",
        ),
        pytest.param(
            replica("one", app(ready=False, problem=CRASHED), mesh(ready=False, problem=MISSING)),
            ("app",),
            "crashed",
            id="it crashes, and something is missing as well",
        ),
    ],
)
def test_it_is_the_images_when(found: Replica, containers: tuple[str, ...], words: str) -> None:
    culprit = diagnose(RECORD, BEGUN, (found,))
    assert (culprit.cause, culprit.containers) == (FailureCause.IMAGE, containers)
    assert words in culprit.evidence


@pytest.mark.parametrize(
    ("progress", "found", "words"),
    [
        pytest.param(replace(BEGUN, shortage="exceeded quota: pods"), (), "exceeded quota", id="there is a quota"),
        pytest.param(BEGUN, (), "no new replica was created", id="no replica is created"),
        pytest.param(
            BEGUN,
            (replica("one", waiting(), unplaced="0/3 nodes"),),
            "one has no node: 0/3 nodes",
            id="no node takes it",
        ),
        pytest.param(BEGUN, (replica("one", waiting(BUSY), mesh()),), "429", id="the registry is busy"),
        pytest.param(BEGUN, (replica("one", waiting(MISSING), mesh()),), 'secret "db"', id="something is missing"),
        pytest.param(BEGUN, (replica("one", waiting(), mesh()),), "has not started", id="nobody knows why it waits"),
        pytest.param(
            BEGUN, (replace(replica("one"), ready=False),), "its node is away", id="all is ready but the instance"
        ),
    ],
)
def test_the_environment_is_the_cause_when(progress: Progress, found: tuple[Replica, ...], words: str) -> None:
    culprit = diagnose(RECORD, progress, found)
    assert (culprit.cause, culprit.containers) == (FailureCause.ENVIRONMENT, ())
    assert words in culprit.evidence


def test_without_visible_replicas_the_image_is_the_cause() -> None:
    assert diagnose(RECORD, BEGUN, None) == Diagnosis(FailureCause.IMAGE, ("app",), "")


def test_the_failing_one_of_several_changed_containers_is_the_cause() -> None:
    record = a_record(STEP, ImageChange("mesh", "mesh:1", "mesh:2"))
    broken = ContainerState("mesh", "mesh:2", started=True, problem=CRASHED)
    assert diagnose(record, BEGUN, (replica("one", app(), broken),)).containers == ("mesh",)


def test_any_changed_container_may_cause_the_failure_of_a_neighbor() -> None:
    record = a_record(STEP, ImageChange("mesh", "mesh:1", "mesh:2"))
    other = ContainerState("other", "other:1", started=True, problem=CRASHED)
    changed = ContainerState("mesh", "mesh:2", started=True, ready=True)
    assert diagnose(record, BEGUN, (replica("one", app(), changed, other),)).containers == ("app", "mesh")


def test_replicas_are_distinguished_by_image_and_template_digest() -> None:
    old, new = replica("old", app(OLD), mesh()), replica("new")
    assert new_replicas(RECORD, (old, new)) == (new,)
    assert new_replicas(turned(RECORD), (old, new)) == (old,)
    assert new_replicas(RECORD, (Replica("uid", "bare", ()),)) == ()

    one, two = (f"sha256:{digit * 64}" for digit in "12")
    unpinned = a_record(ImageChange("app", "shop:edge", "shop:edge", ran=one, digest=two))
    before, after = (replace(replica("each", app("shop:edge"), mesh()), digest=each) for each in (one, two))
    assert new_replicas(unpinned, (before, after)) == (after,)


@pytest.mark.parametrize(
    ("found", "freed"),
    [
        pytest.param(replica("broken", app(ready=False, problem=CRASHED), mesh()), True, id="what failed"),
        pytest.param(replica("broken", app(ready=False), mesh()), True, id="what does not get ready"),
        pytest.param(replica("broken"), False, id="not what runs well"),
        pytest.param(replica("coming", app(OLD, ready=False), mesh()), False, id="not what is coming back"),
        pytest.param(replica("another", app("shop:9", ready=False), mesh()), False, id="not what is none of ours"),
    ],
)
def test_during_a_rollback_an_ordered_workload_is_freed_of(found: Replica, *, freed: bool) -> None:
    assert stuck_replicas(turned(RECORD), (found,)) == ((found,) if freed else ())


@pytest.mark.parametrize(
    ("state", "freed"),
    [
        pytest.param(app(OLD, ready=False, restarts=3, problem=CRASHED), True, id="what crashes again and again"),
        pytest.param(app(OLD, ready=False, restarts=2, problem=CRASHED), False, id="not what may get ready yet"),
        pytest.param(app(OLD, ready=False), False, id="not what is slow"),
        pytest.param(
            app(OLD, ready=False, problem=ContainerProblem(Cause.IMAGE_NOT_FOUND, "gone")), True, id="what has no image"
        ),
        pytest.param(app(NEW, ready=False, restarts=9, problem=CRASHED), False, id="not what it was rolled out to"),
    ],
)
def test_during_an_update_an_ordered_workload_is_freed_of(state: ContainerState, *, freed: bool) -> None:
    found = replica("old", state, mesh())
    assert stuck_replicas(RECORD, (found,)) == ((found,) if freed else ())


def test_replicas_are_distinguished_by_revision_if_it_is_known() -> None:
    rewritten = replica("new", app("mirror.corp/shop:2"), mesh())
    assert new_replicas(RECORD, (rewritten,)) == ()
    assert new_replicas(RECORD, (replace(rewritten, of_current_revision=True),)) != ()
    assert new_replicas(RECORD, (replace(replica("old"), of_current_revision=False),)) == ()


def test_during_a_rollback_an_ordered_workload_is_freed_of_failures_with_a_rewritten_image() -> None:
    broken = replica("broken", app("mirror.corp/shop:2", ready=False), mesh())
    assert stuck_replicas(turned(RECORD), (broken,)) == ()
    earlier = replace(broken, of_current_revision=False)
    assert stuck_replicas(turned(RECORD), (earlier,)) == (earlier,)
    assert stuck_replicas(turned(RECORD), (replace(earlier, of_current_revision=True),)) == ()
