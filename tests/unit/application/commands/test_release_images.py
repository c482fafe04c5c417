"""Releases from quarantine by command."""

from __future__ import annotations

import pytest

from tests.fakes.orchestrator import FakeOrchestrator
from tests.fakes.timing import FakeClock
from watch_cluster.application.commands.release_images import NotQuarantined, ReleaseImages
from watch_cluster.domain.workload import annotation
from watch_cluster.domain.workload.workload import Container, Workload, WorkloadKey

SHOP = WorkloadKey("default", "Deployment", "shop")
DIGEST = "sha256:" + "a" * 64


class World:
    """A workload with images in quarantine."""

    def __init__(self, quarantine: str) -> None:
        self.orchestrator = FakeOrchestrator(FakeClock())
        written = {annotation.ENABLED: "true"} | ({annotation.QUARANTINE: quarantine} if quarantine else {})
        self.orchestrator.create(SHOP, [Container("app", "shop:1.0.0")], written)

    @property
    def workload(self) -> Workload:
        workload = self.orchestrator.find(SHOP)
        assert workload is not None
        return workload

    @property
    def quarantine(self) -> str | None:
        return self.workload.annotations.get(annotation.QUARANTINE)

    def release(self, image: str | None = None) -> list[str]:
        return [str(entry) for entry in ReleaseImages(self.orchestrator)(self.workload, image)]


def test_releases_all_images() -> None:
    world = World("shop:1.0.1,shop:1.0.2")
    assert world.release() == ["shop:1.0.1", "shop:1.0.2"]
    assert world.quarantine is None


@pytest.mark.parametrize("image", ["shop:1.0.1", "1.0.1"], ids=["image", "tag"])
def test_releases_one_image(image: str) -> None:
    world = World(f"shop:1.0.1,shop@{DIGEST}")
    assert world.release(image) == ["shop:1.0.1"]
    assert world.quarantine == f"shop@{DIGEST}"


def test_releases_an_image_by_its_digest() -> None:
    world = World(f"shop:1.0.1,shop@{DIGEST}")
    assert world.release(DIGEST) == [f"shop@{DIGEST}"]


@pytest.mark.parametrize(
    ("quarantine", "image", "words"),
    [
        pytest.param("", None, "default/Deployment/shop has no image in quarantine", id="empty"),
        pytest.param("shop:1.0.1", "1.0.2", "it contains shop:1.0.1", id="another image"),
    ],
)
def test_says_what_is_in_quarantine(quarantine: str, image: str | None, words: str) -> None:
    world = World(quarantine)
    with pytest.raises(NotQuarantined, match=words):
        world.release(image)
    assert world.quarantine == (quarantine or None)


def test_refuses_a_quarantine_that_cannot_be_read() -> None:
    world = World("Shop")
    with pytest.raises(ValueError, match="'Shop'"):
        world.release()
