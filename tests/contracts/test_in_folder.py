"""A folder of manifests keeps the contracts of the orchestrator's ports, those about replicas excepted."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

from tests.contracts.world import World
from tests.contracts.writing import ReadingContract, WritingContract
from watch_cluster.adapters.git.folder.files import Directory
from watch_cluster.adapters.git.folder.orchestrator import FolderOrchestrator
from watch_cluster.application.ports.orchestrator.workload_writer import ChangeConflict, ChangeRejected
from watch_cluster.domain.workload.workload import Change, ImageChange

MANIFEST: Final = """\
kind: Deployment
metadata:
  name: {name}
  annotations: {{{annotations}}}
spec:
  template:
    spec:
      containers:
        - name: app
          image: shop:1 # the shop
"""


class FolderWorld(World):
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._orchestrator = FolderOrchestrator(Directory(folder))
        super().__init__(self._orchestrator.ports(), "default")

    def image(self, tag: str) -> str:
        return f"shop:{tag}"

    def create(self, name: str, *, enabled: bool = True) -> None:
        annotations = "watch-cluster.io/enabled: 'true'" if enabled else ""
        self._file(name).write_text(MANIFEST.format(name=name, annotations=annotations))

    def set_image(self, name: str, tag: str) -> None:
        file = self._file(name)
        file.write_text("\n".join(line.replace("shop:1", f"shop:{tag}") for line in file.read_text().split("\n")))

    def delete(self, name: str) -> None:
        self._file(name).unlink()

    def permit_replacement(self) -> None:
        raise NotImplementedError

    def eventually(self, condition: Callable[[], bool], what: str) -> None:
        self._orchestrator.load()
        assert condition(), what

    def complete(self, name: str) -> None:
        self.eventually(lambda: self.known(name).progress.complete, f"{name} is complete")

    def _file(self, name: str) -> Path:
        return self._folder / f"{name}.yaml"


@pytest.fixture
def world(tmp_path: Path) -> World:
    return FolderWorld(tmp_path)


class TestReading(ReadingContract):
    def test_a_freeze_shows_on_the_workloads_until_it_ends(self, world: World) -> None:
        """A folder is frozen by the manifest of a Namespace."""
        world.started("shop")
        with pytest.raises(ChangeRejected, match="annotate the manifest of Namespace default instead"):
            world.orchestrator.freezes.freeze("default", "release week")


class TestWriting(WritingContract):
    def test_a_change_of_a_file_that_was_edited_meanwhile_is_a_conflict(self, world: World) -> None:
        uid = world.started("shop").uid
        step = ImageChange("app", "shop:1", "shop:2")
        world.set_image("shop", "3")
        with pytest.raises(ChangeConflict):
            world.orchestrator.writer.apply(world.key("shop"), Change(uid, {}, {}, (step,)))
        assert world.known("shop").image_of("app") == "shop:3"
