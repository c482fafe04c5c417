"""What commits and pull requests say about new images."""

from __future__ import annotations

from watch_cluster.adapters.git.repository.messages import ImageUpdate, commit_message, request_text
from watch_cluster.domain.images.origin import ImageOrigin
from watch_cluster.domain.workload.workload import ImageChange, WorkloadKey

SHOP = WorkloadKey("default", "Deployment", "shop")
LINKS = "release notes https://github.com/team/shop/releases, source https://github.com/team/shop"


def update(origin: ImageOrigin) -> ImageUpdate:
    return ImageUpdate(SHOP, (ImageChange("app", "shop:1.0", "shop:1.1", origin=origin),), "abc", ("container app: x",))


def test_commits_and_pull_requests_say_where_a_new_image_comes_from() -> None:
    given = update(ImageOrigin("https://github.com/team/shop"))
    assert f"- container app: {LINKS}\n" in commit_message(given)
    assert f"- `container app: {LINKS}`\n" in request_text(given)


def test_nothing_is_said_of_an_image_that_says_nothing() -> None:
    given = update(ImageOrigin())
    assert "- container app: x\n\n" in commit_message(given)
    assert "- container app: x\n\n" in request_text(given)
