"""Which image a container runs, and why it does not run."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.adapters.docker.containers.machine import container, group
from watch_cluster.adapters.docker.containers.group import ImageFacts
from watch_cluster.adapters.docker.containers.names import START
from watch_cluster.adapters.docker.containers.replicas import replicas_of
from watch_cluster.domain.workload.annotation import ENABLED
from watch_cluster.domain.workload.replica import Cause

DIGEST = f"sha256:{'1' * 64}"


@pytest.mark.parametrize(
    ("rest", "cause"),
    [
        pytest.param({"status": "restarting", "exit_code": 1, "restarts": 2}, Cause.CRASHED, id="crash loop"),
        pytest.param({"status": "exited", "exit_code": 1}, Cause.STOPPED, id="ended, and no restart policy"),
        pytest.param({"status": "created", "error": "port is in use"}, Cause.STOPPED, id="cannot start"),
    ],
)
def test_reports_why_a_new_container_does_not_run(rest: dict[str, Any], cause: Cause) -> None:
    labels = {ENABLED: "true", START: "true"}
    [replica] = replicas_of(group(container(labels=labels, **rest)), running=True)
    problem = replica.containers[0].problem
    assert problem is not None
    assert problem.cause is cause


def test_the_digest_that_runs_is_the_latest_of_its_repository() -> None:
    image = ImageFacts((f"other@sha256:{'2' * 64}", f"shop@{DIGEST}"))
    [replica] = replicas_of(group(container(), image=image), running=False)
    runs = replica.containers[0].runs
    assert runs is not None
    assert (runs.digest, runs.bare) == (DIGEST, False)
