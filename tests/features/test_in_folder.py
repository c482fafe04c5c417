"""The features about what is updated, on a folder of manifests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_bdd import scenarios

from tests.features.orchestrators import MANIFESTS
from tests.features.worlds.folder import FolderWorld


@pytest.fixture
def world(tmp_path: Path) -> Iterator[FolderWorld]:
    folder = FolderWorld(tmp_path)
    yield folder
    folder.close()


scenarios(*MANIFESTS.files())
MANIFESTS.remove_from(globals())
