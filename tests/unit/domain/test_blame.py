"""Whose fault it is that a rollout does not come to a good end."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.unit.domain.rollouts import BEGUN, CRASHED, NEW, OLD, STEP, a_record, app, instance, mesh, turned
from watch_cluster.domain.blame import Blame, blame, instances_of_rollout, stuck
from watch_cluster.domain.failure import Fault
from watch_cluster.domain.instance import Cause, ContainerState, Instance, Trouble
from watch_cluster.domain.workload import ImageChange, Progress

RECORD = a_record()
BUSY = Trouble(Cause.IMAGE_NOT_PULLED, "429 Too Many Requests")
MISSING = Trouble(Cause.NOT_CONFIGURED, 'secret "db" not found')
NOT_STARTED = Trouble(Cause.NOT_STARTED, "no such file")


def waiting(trouble: Trouble | None = None) -> ContainerState:
    """The changed container, which was not started."""
    return ContainerState("app", NEW, trouble=trouble)


@pytest.mark.parametrize(
    ("found", "containers", "words"),
    [
        pytest.param(instance("one", app(ready=False, trouble=CRASHED), mesh()), ("app",), "crashed", id="it crashes"),
        pytest.param(
            instance("one", app(ready=False), mesh()), ("app",), "does not get ready", id="it never gets ready"
        ),
        pytest.param(
            instance("one", waiting(NOT_STARTED), mesh()), ("app",), "no such file", id="it cannot be started"
        ),
        pytest.param(
            instance("one", app(), mesh(ready=False, trouble=CRASHED)),
            ("app",),
            "container mesh",
            id="its neighbour fails",
        ),
        pytest.param(
            instance("one", app(ready=False, trouble=CRASHED), mesh(ready=False, trouble=MISSING)),
            ("app",),
            "crashed",
            id="it crashes, and something is missing as well",
        ),
    ],
)
def test_it_is_the_images_when(found: Instance, containers: tuple[str, ...], words: str) -> None:
    culprit = blame(RECORD, BEGUN, (found,))
    assert (culprit.fault, culprit.containers) == (Fault.IMAGE, containers)
    assert words in culprit.evidence


@pytest.mark.parametrize(
    ("progress", "found", "words"),
    [
        pytest.param(replace(BEGUN, shortage="exceeded quota: pods"), (), "exceeded quota", id="there is a quota"),
        pytest.param(BEGUN, (), "no new instance has come up", id="no instance is made"),
        pytest.param(
            BEGUN,
            (instance("one", waiting(), unplaced="0/3 nodes"),),
            "one has no node: 0/3 nodes",
            id="no node takes it",
        ),
        pytest.param(BEGUN, (instance("one", waiting(BUSY), mesh()),), "429", id="the registry is busy"),
        pytest.param(BEGUN, (instance("one", waiting(MISSING), mesh()),), 'secret "db"', id="something is missing"),
        pytest.param(BEGUN, (instance("one", waiting(), mesh()),), "has not started", id="nobody knows why it waits"),
        pytest.param(
            BEGUN, (replace(instance("one"), ready=False),), "its node is away", id="all is ready but the instance"
        ),
    ],
)
def test_it_is_the_surroundings_when(progress: Progress, found: tuple[Instance, ...], words: str) -> None:
    culprit = blame(RECORD, progress, found)
    assert (culprit.fault, culprit.containers) == (Fault.SURROUNDINGS, ())
    assert words in culprit.evidence


def test_when_nobody_may_see_the_instances_it_is_the_images() -> None:
    assert blame(RECORD, BEGUN, None) == Blame(Fault.IMAGE, ("app",), "")


def test_of_several_changed_containers_the_one_that_fails_is_to_blame() -> None:
    record = a_record(STEP, ImageChange("mesh", "mesh:1", "mesh:2"))
    broken = ContainerState("mesh", "mesh:2", started=True, trouble=CRASHED)
    assert blame(record, BEGUN, (instance("one", app(), broken),)).containers == ("mesh",)


def test_when_a_neighbour_fails_any_changed_container_may_be_to_blame() -> None:
    record = a_record(STEP, ImageChange("mesh", "mesh:1", "mesh:2"))
    other = ContainerState("other", "other:1", started=True, trouble=CRASHED)
    changed = ContainerState("mesh", "mesh:2", started=True, ready=True)
    assert blame(record, BEGUN, (instance("one", app(), changed, other),)).containers == ("app", "mesh")


def test_instances_are_told_apart_by_their_images_and_by_the_digest_that_they_were_made_for() -> None:
    old, new = instance("old", app(OLD), mesh()), instance("new")
    assert instances_of_rollout(RECORD, (old, new)) == (new,)
    assert instances_of_rollout(turned(RECORD), (old, new)) == (old,)
    assert instances_of_rollout(RECORD, (Instance("uid", "bare", ()),)) == ()

    one, two = (f"sha256:{digit * 64}" for digit in "12")
    unpinned = a_record(ImageChange("app", "shop:edge", "shop:edge", ran=one, digest=two))
    before, after = (replace(instance("each", app("shop:edge"), mesh()), digest=each) for each in (one, two))
    assert instances_of_rollout(unpinned, (before, after)) == (after,)


@pytest.mark.parametrize(
    ("found", "freed"),
    [
        pytest.param(instance("broken", app(ready=False, trouble=CRASHED), mesh()), True, id="what failed"),
        pytest.param(instance("broken", app(ready=False), mesh()), True, id="what does not get ready"),
        pytest.param(instance("broken"), False, id="not what runs well"),
        pytest.param(instance("coming", app(OLD, ready=False), mesh()), False, id="not what is coming back"),
        pytest.param(instance("another", app("shop:9", ready=False), mesh()), False, id="not what is none of ours"),
    ],
)
def test_on_the_way_back_an_ordered_workload_is_freed_of(found: Instance, *, freed: bool) -> None:
    assert stuck(turned(RECORD), (found,)) == ((found,) if freed else ())


@pytest.mark.parametrize(
    ("state", "freed"),
    [
        pytest.param(app(OLD, ready=False, restarts=3, trouble=CRASHED), True, id="what crashes again and again"),
        pytest.param(app(OLD, ready=False, restarts=2, trouble=CRASHED), False, id="not what may get ready yet"),
        pytest.param(app(OLD, ready=False), False, id="not what is slow"),
        pytest.param(
            app(OLD, ready=False, trouble=Trouble(Cause.IMAGE_NOT_FOUND, "gone")), True, id="what has no image"
        ),
        pytest.param(app(NEW, ready=False, restarts=9, trouble=CRASHED), False, id="not what it was rolled out to"),
    ],
)
def test_on_the_way_forward_an_ordered_workload_is_freed_of(state: ContainerState, *, freed: bool) -> None:
    found = instance("old", state, mesh())
    assert stuck(RECORD, (found,)) == ((found,) if freed else ())
