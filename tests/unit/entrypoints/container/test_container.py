"""Everything that the container names can be built, with the names of its arguments as they are."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from watch_cluster.entrypoints.container.container import Container
from watch_cluster.entrypoints.settings.settings import Settings


@pytest.fixture
def container(tmp_path: Path) -> Iterator[Container]:
    kubeconfig = tmp_path / "kubeconfig"
    parts = {
        "clusters": [{"name": "test", "cluster": {"server": "http://127.0.0.1:1"}}],
        "users": [{"name": "test", "user": {}}],
        "contexts": [{"name": "test", "context": {"cluster": "test", "user": "test"}}],
        "current-context": "test",
    }
    kubeconfig.write_text(yaml.safe_dump(parts))
    made = Container(settings=Settings(KUBECONFIG=str(kubeconfig), REGISTRY_CONFIG=tmp_path / "config.json"))
    made.check_dependencies()
    yield made
    made.shutdown_resources()


@pytest.mark.parametrize("name", sorted(Container.providers))
def test_a_provider_builds_what_it_stands_for(container: Container, name: str) -> None:
    assert container.providers[name]() is not None
