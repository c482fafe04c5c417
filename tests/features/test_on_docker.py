"""The features that a Docker Engine can have, on a real one with a real registry."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_bdd import scenarios

from tests.docker.engine import DockerEngine
from tests.features.orchestrators import DOCKER
from tests.features.worlds.docker import DockerWorld


@pytest.fixture
def world(engine: DockerEngine, tmp_path: Path) -> Iterator[DockerWorld]:
    real = DockerWorld(engine, tmp_path)
    yield real
    real.close()


scenarios(*DOCKER.files())
DOCKER.remove_from(globals())
