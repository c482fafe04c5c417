"""Approvals by command."""

from __future__ import annotations

import pytest

from tests.fakes.orchestrator import FakeOrchestrator
from tests.fakes.timing import FakeClock
from watch_cluster.application.commands.approve_update import ApproveUpdate, NothingToApprove
from watch_cluster.application.ports.orchestrator.workload_writer import ChangeConflict
from watch_cluster.domain.workload import annotation
from watch_cluster.domain.workload.workload import Container, Workload, WorkloadKey

SHOP = WorkloadKey("default", "Deployment", "shop")


class World:
    """A workload whose update may wait for approval."""

    def __init__(self, pending: str | None) -> None:
        self.orchestrator = FakeOrchestrator(FakeClock())
        written = {annotation.ENABLED: "true", annotation.APPROVAL: "required"}
        waiting = {} if pending is None else {annotation.PENDING: pending}
        self.orchestrator.create(SHOP, [Container("app", "shop:1.0.0")], written | waiting)

    @property
    def workload(self) -> Workload:
        workload = self.orchestrator.find(SHOP)
        assert workload is not None
        return workload

    def approve(self, candidate: str | None = None) -> str:
        return ApproveUpdate(self.orchestrator)(self.workload, candidate)


def test_approves_what_waits_for_approval() -> None:
    world = World("1.1.0")
    assert world.approve() == "1.1.0"
    assert world.workload.annotations[annotation.APPROVED] == "1.1.0"


def test_approves_the_tag_that_is_named() -> None:
    world = World(None)
    world.approve("1.2.0")
    assert world.workload.annotations[annotation.APPROVED] == "1.2.0"


def test_says_so_when_nothing_waits_for_approval() -> None:
    world = World(None)
    with pytest.raises(NothingToApprove, match="no update of default/Deployment/shop waits for approval"):
        world.approve()
    assert annotation.APPROVED not in world.workload.annotations


def test_refuses_what_is_neither_a_tag_nor_a_digest() -> None:
    world = World("1.1.0")
    with pytest.raises(ValueError, match="is not a tag or a digest"):
        world.approve("shop:1.1.0")


def test_does_not_approve_another_update_than_the_one_that_was_seen() -> None:
    world = World("1.1.0")
    seen = world.workload
    world.orchestrator.annotate(SHOP, {annotation.PENDING: "2.0.0"})
    with pytest.raises(ChangeConflict):
        ApproveUpdate(world.orchestrator)(seen)
