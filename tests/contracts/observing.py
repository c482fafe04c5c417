"""What `RolloutObserver` and `NodeInventory` promise."""

from __future__ import annotations

import pytest

from tests.contracts.world import World
from watch_cluster.application.ports.orchestrator.rollout_observer import OUR_NAME
from watch_cluster.application.ports.orchestrator.workload_writer import ChangeConflict, ChangeRejected


class ObservingContract:
    def test_replicas_have_their_image_and_whether_they_are_of_the_current_revision(self, world: World) -> None:
        world.started("shop")
        world.complete("shop")
        assert _observed(world) == {(world.image("1"), True)}
        world.roll_out("shop", "1", "2", "first")
        world.eventually(lambda: (world.image("1"), False) in _observed(world), "the old replicas are outdated")
        world.eventually(lambda: _observed(world) == {(world.image("2"), True)}, "only new replicas are left")

    def test_the_program_that_last_changed_an_image_is_named(self, world: World) -> None:
        world.started("shop")
        world.roll("shop", "1", "2", "first")
        assert world.orchestrator.observer.last_changed_by(world.key("shop"), world.container("shop")) == OUR_NAME
        world.set_image("shop", "3")
        assert world.orchestrator.observer.last_changed_by(world.key("shop"), world.container("shop")) == world.user

    def test_earlier_revisions_keep_their_annotations(self, world: World) -> None:
        world.started("shop")
        world.roll("shop", "1", "2", "first")
        world.eventually(lambda: "first" in world.recorded("shop"), "the second revision is recorded")
        world.roll("shop", "2", "3", "second")
        world.eventually(lambda: world.recorded("shop") >= {"first", "second"}, "both revisions are recorded")

    def test_the_revisions_of_a_deleted_workload_are_a_conflict(self, world: World) -> None:
        world.started("shop")
        world.delete("shop")
        world.eventually(lambda: world.find("shop") is None, "it is gone")
        with pytest.raises(ChangeConflict):
            world.orchestrator.observer.revision_annotations(world.key("shop"))

    def test_exactly_one_replica_is_replaced_and_never_twice(self, world: World) -> None:
        world.permit_replacement()
        world.started("shop")
        world.complete("shop")
        gone, kept = world.replicas("shop")
        world.orchestrator.observer.replace(world.key("shop"), gone)
        world.eventually(lambda: gone.id not in _ids(world) and len(_ids(world)) == 2, "it is replaced")
        replaced = _ids(world)
        assert kept.id in replaced
        world.orchestrator.observer.replace(world.key("shop"), gone)
        assert _ids(world) == replaced

    def test_a_replica_that_we_may_not_replace_stays(self, world: World) -> None:
        world.started("shop")
        world.complete("shop")
        with pytest.raises(ChangeRejected):
            world.orchestrator.observer.replace(world.key("shop"), world.replicas("shop")[0])
        assert len(_ids(world)) == 2

    def test_nodes_are_listed_with_their_platform(self, world: World) -> None:
        nodes = world.orchestrator.nodes.nodes()
        # A control plane may have none yet, which is known, too.
        assert nodes is not None
        assert {node.platform.os for node in nodes} <= {"linux"}


def _observed(world: World) -> set[tuple[str, bool | None]]:
    return {(each.containers[0].image, each.of_current_revision) for each in world.replicas("shop") if each.containers}


def _ids(world: World) -> set[str]:
    return {each.id for each in world.replicas("shop")}
