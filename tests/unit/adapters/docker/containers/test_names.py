"""Which workload a container belongs to, by its name and labels."""

from __future__ import annotations

import pytest

from watch_cluster.adapters.docker.containers.names import key_of, split_role
from watch_cluster.domain.workload.workload import WorkloadKey


@pytest.mark.parametrize(
    ("labels", "key"),
    [
        pytest.param({}, WorkloadKey("machine", "Container", "web"), id="a container"),
        pytest.param(
            {"com.docker.compose.project": "shop", "com.docker.compose.service": "app"},
            WorkloadKey("shop", "Service", "app"),
            id="a service of Compose",
        ),
        pytest.param(
            {
                "com.docker.compose.project": "shop",
                "com.docker.compose.service": "app",
                "com.docker.compose.oneoff": "True",
            },
            WorkloadKey("machine", "Container", "web"),
            id="docker compose run",
        ),
    ],
)
def test_a_container_belongs_to_a_workload(labels: dict[str, str], key: WorkloadKey) -> None:
    assert key_of("web-watch-cluster-previous", labels, "machine") == key


def test_a_suffix_alone_is_a_name() -> None:
    assert split_role("-watch-cluster-next") == ("-watch-cluster-next", "")
