"""What `WorkloadReader`, `WorkloadWriter`, `ChangeFeed` and `FreezeSwitch` promise."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.contracts.world import World
from watch_cluster.application.ports.orchestrator.workload_writer import ChangeConflict
from watch_cluster.domain.workload.annotation import CHANGE, ENABLED
from watch_cluster.domain.workload.workload import Change, Freeze, ImageChange


class ReadingContract:
    def test_load_fills_the_view_without_a_feed(self, world: World) -> None:
        world.create("shop")
        world.orchestrator.reader.load()
        assert world.known("shop").image_of(world.container("shop")) == world.image("1")
        assert world.names() == {"shop"}

    def test_a_workload_without_our_settings_is_not_found(self, world: World) -> None:
        world.create("theirs", enabled=False)
        world.started("shop")
        assert world.find("theirs") is None
        assert world.names() == {"shop"}

    def test_the_feed_reports_creations_and_changes(self, world: World) -> None:
        world.start()
        world.create("shop")
        world.eventually(lambda: world.key("shop") in world.reported, "the creation is reported")
        world.complete("shop")
        world.reported.clear()
        world.set_image("shop", "2")
        world.eventually(
            lambda: world.known("shop").image_of(world.container("shop")) == world.image("2"), "the image is seen"
        )
        world.eventually(lambda: world.key("shop") in world.reported, "the change is reported")

    def test_a_deleted_workload_is_gone_and_reported(self, world: World) -> None:
        world.started("shop")
        world.complete("shop")
        world.reported.clear()
        world.delete("shop")
        world.eventually(lambda: world.find("shop") is None, "it is gone")
        world.eventually(lambda: world.key("shop") in world.reported, "the deletion is reported")
        assert world.names() == set()

    def test_a_closed_feed_reports_nothing(self, world: World) -> None:
        world.started("shop")
        world.orchestrator.feed.close()
        world.reported.clear()
        world.set_image("shop", "2")
        assert world.reported == []

    def test_a_freeze_shows_on_the_workloads_until_it_ends(self, world: World) -> None:
        world.started("shop")
        world.orchestrator.freezes.freeze(world.namespace, "release week")
        frozen = Freeze(world.namespace, "release week")
        world.eventually(lambda: world.known("shop").freeze == frozen, "the freeze is seen")
        world.orchestrator.freezes.freeze(world.namespace, None)
        world.eventually(lambda: world.known("shop").freeze is None, "the end of the freeze is seen")


class WritingContract:
    def test_a_change_sets_images_and_annotations(self, world: World) -> None:
        world.started("shop")
        world.roll("shop", "1", "2", "first")
        assert world.known("shop").image_of(world.container("shop")) == world.image("2")
        assert world.known("shop").annotations == {ENABLED: "true", CHANGE: "first"}

    def test_none_removes_an_annotation(self, world: World) -> None:
        uid = world.started("shop").uid
        world.roll("shop", "1", "2", "first")
        world.orchestrator.writer.apply(world.key("shop"), Change(uid, {CHANGE: None}, {CHANGE: "first"}))
        world.eventually(lambda: world.known("shop").annotations == {ENABLED: "true"}, "the annotation is gone")

    @pytest.mark.parametrize(
        ("expected", "before"),
        [
            pytest.param({}, "3", id="another image"),
            pytest.param({ENABLED: "false"}, "1", id="another annotation"),
            pytest.param({CHANGE: "first"}, "1", id="an annotation that is absent"),
            pytest.param({ENABLED: None}, "1", id="an annotation that is present"),
        ],
    )
    def test_a_change_for_another_state_is_a_conflict_and_changes_nothing(
        self, world: World, expected: dict[str, str | None], before: str
    ) -> None:
        uid = world.started("shop").uid
        step = ImageChange(world.container("shop"), world.image(before), world.image("2"))
        with pytest.raises(ChangeConflict):
            world.orchestrator.writer.apply(world.key("shop"), Change(uid, {CHANGE: "x"}, expected, (step,)))
        self._assert_unchanged(world)

    def test_an_image_that_must_still_be_there_and_is_not_stops_the_change(self, world: World) -> None:
        uid, container = world.started("shop").uid, world.container("shop")
        change = Change(uid, {CHANGE: "x"}, {}, expected_images={container: world.image("3")})
        with pytest.raises(ChangeConflict):
            world.orchestrator.writer.apply(world.key("shop"), change)
        self._assert_unchanged(world)
        world.orchestrator.writer.apply(
            world.key("shop"), replace(change, expected_images={container: world.image("1")})
        )
        world.eventually(lambda: world.known("shop").annotations.get(CHANGE) == "x", "the change is made")

    def test_one_image_that_differs_stops_the_whole_change(self, world: World) -> None:
        uid = world.started("shop").uid
        steps = (
            ImageChange(world.container("shop"), world.image("1"), world.image("2")),
            ImageChange("gone", "a:1", "a:2"),
        )
        with pytest.raises(ChangeConflict):
            world.orchestrator.writer.apply(world.key("shop"), Change(uid, {CHANGE: "x"}, {}, steps))
        self._assert_unchanged(world)

    def test_a_workload_with_another_uid_is_left_alone(self, world: World) -> None:
        world.started("shop")
        with pytest.raises(ChangeConflict):
            world.orchestrator.writer.apply(world.key("shop"), Change("another", {CHANGE: "x"}, {}))
        self._assert_unchanged(world)

    def test_a_change_of_a_deleted_workload_is_a_conflict(self, world: World) -> None:
        uid = world.started("shop").uid
        world.delete("shop")
        with pytest.raises(ChangeConflict):
            world.orchestrator.writer.apply(world.key("shop"), Change(uid, {CHANGE: "x"}, {}))

    def _assert_unchanged(self, world: World) -> None:
        world.orchestrator.reader.load()
        assert world.known("shop").image_of(world.container("shop")) == world.image("1")
        assert world.known("shop").annotations == {ENABLED: "true"}
