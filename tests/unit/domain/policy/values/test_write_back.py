"""Where images are written back to."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.unit.domain.workloads import a_workload, read_policy
from watch_cluster.domain.policy.errors import InvalidConfiguration
from watch_cluster.domain.policy.values.write_back import WriteBack, split_path

FLEET = "https://git.example/team/fleet.git//apps/shop"


def test_an_image_is_written_back_to_the_folder_that_its_owner_names() -> None:
    workload = a_workload("shop:1.0.0", enabled="true", write_back="git", git_path=FLEET, git_field="v.yaml:image.tag")
    place = read_policy(workload).write_back
    assert place == WriteBack(FLEET, timedelta(hours=24), (("app", "v.yaml:image.tag"),))
    assert place.field_of("app") == "v.yaml:image.tag"
    assert place.field_of("sidecar") is None


def test_a_path_alone_changes_nothing() -> None:
    assert read_policy(a_workload("shop:1.0.0", enabled="true", git_path=FLEET)).write_back is None


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        pytest.param({}, "watch-cluster.io/git-path must say where", id="no path"),
        pytest.param({"git_path": "https://git.example/fleet.git"}, "write REPOSITORY//FOLDER", id="no folder"),
        pytest.param({"git_path": "https://git.example/fleet.git//../etc"}, "is no folder", id="a way out"),
        pytest.param({"git_path": FLEET, "git_field": "image.tag"}, "write FILE:KEY.KEY", id="a field without a file"),
        pytest.param({"git_path": FLEET, "git_field": "../v.yaml:tag"}, "is no folder", id="a file outside"),
        pytest.param({"git_path": FLEET, "proposal_timeout": "0"}, "longer than zero", id="no time"),
    ],
)
def test_an_incomplete_path_is_an_error_that_says_what_to_write(settings: dict[str, str], words: str) -> None:
    with pytest.raises(InvalidConfiguration) as caught:
        read_policy(a_workload("shop:1.0.0", enabled="true", write_back="git", **settings))
    [error] = caught.value.errors
    assert words in error.allowed


def test_the_top_of_a_repository_is_an_empty_folder() -> None:
    assert split_path("https://git.example/fleet.git//") == ("https://git.example/fleet.git", "")
