"""The features about what is updated, on a folder of manifests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_bdd import scenarios

from tests.features.folder_world import FolderWorld


@pytest.fixture
def world(tmp_path: Path) -> Iterator[FolderWorld]:
    folder = FolderWorld(tmp_path)
    yield folder
    folder.close()


scenarios(
    "invalid_configuration.feature",
    "opt_in.feature",
    "schedules.feature",
    "settings_inheritance.feature",
    "tag_selection.feature",
    "update_timing.feature",
    "usage_examples.feature",
    "version_updates.feature",
)

NOT_IN_A_FOLDER = {
    "test_an_owner_opts_out_during_a_rollout": "a folder has no rollout that takes time",
    "test_development_follows_a_mutable_tag_every_five_minutes": "what an unpinned tag runs is not in a folder",
}
"""The scenarios that a folder cannot have, with the reason."""
for name in NOT_IN_A_FOLDER:
    del globals()[name]
