"""What orchestrators promise that keep a history of each object, and refuse what does not fit its state."""

from __future__ import annotations

import pytest

from tests.contracts.world import World
from watch_cluster.application.ports.orchestrator.rollout_observer import OUR_NAME
from watch_cluster.application.ports.orchestrator.workload_writer import ChangeConflict
from watch_cluster.domain.workload.annotation import CHANGE, ENABLED
from watch_cluster.domain.workload.workload import Change


class HistoryContract:
    def test_a_feed_is_not_synced_before_it_is_started(self, world: World) -> None:
        world.create("shop")
        assert not world.orchestrator.feed.synced()
        world.start()
        assert world.orchestrator.feed.synced()

    def test_the_creator_of_a_workload_is_the_first_author_of_its_images(self, world: World) -> None:
        world.started("shop")
        assert world.orchestrator.observer.last_changed_by(world.key("shop"), "app") not in {None, OUR_NAME}

    def test_removing_an_absent_annotation_is_a_conflict_and_changes_nothing(self, world: World) -> None:
        uid = world.started("shop").uid
        with pytest.raises(ChangeConflict):
            world.orchestrator.writer.apply(world.key("shop"), Change(uid, {CHANGE: None}, {}))
        world.orchestrator.reader.load()
        assert world.known("shop").annotations == {ENABLED: "true"}
