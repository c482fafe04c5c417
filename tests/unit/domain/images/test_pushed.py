"""Repositories that were pushed to, and the images they concern."""

from __future__ import annotations

import pytest

from watch_cluster.domain.images.pushed import InvalidPushedRepository, PushedRepository
from watch_cluster.domain.images.reference import ImageReference


@pytest.mark.parametrize(
    ("pushed", "image", "concerned"),
    [
        pytest.param("docker.io/library/nginx", "nginx:1.27", True, id="a short name"),
        pytest.param("nginx", "docker.io/library/nginx", True, id="a short push"),
        pytest.param("ghcr.io/team/app", "quay.io/team/app", False, id="another registry"),
        pytest.param("GHCR.io/team/app", "ghcr.io/team/app", True, id="hosts have no case"),
        pytest.param("/team/app", "registry.corp:5000/team/app", True, id="any registry"),
        pytest.param("/team/app", "registry.corp:5000/team/app/web", False, id="a repository below"),
        pytest.param("/team/app/", "registry.corp:5000/team/app/web", True, id="repositories below are meant"),
        pytest.param("/team/app/", "registry.corp:5000/team/app", True, id="and the one itself"),
        pytest.param("/team/app/", "registry.corp:5000/team/application", False, id="a longer name"),
    ],
)
def test_concerns_images_of_its_repository(pushed: str, image: str, concerned: bool) -> None:
    assert PushedRepository.parse(pushed).matches(ImageReference.parse(image).repository) is concerned


@pytest.mark.parametrize("text", ["nginx", "/team/app", "/team/app/", "registry.example:5000/team/app"])
def test_is_read_as_it_was_written(text: str) -> None:
    pushed = PushedRepository.parse(text)
    assert PushedRepository.parse(str(pushed)) == pushed


@pytest.mark.parametrize("text", ["", "/", "//", "a b", "nginx:1.27", f"nginx@sha256:{'0' * 64}", "UPPER", "a" * 600])
def test_anything_else_is_refused_in_one_line(text: str) -> None:
    with pytest.raises(InvalidPushedRepository, match=r"is not a repository: write registry\.example/team/app"):
        PushedRepository.parse(text)
