"""Objects that are as large as the API server takes them: memory stays within the limit of our manifest."""

from __future__ import annotations

import base64
import json
from functools import partial
from pathlib import Path
from typing import Any, Final

from tests.cluster.processes import free_port, wait_until
from tests.e2e.conftest import Team
from tests.e2e.process import PATIENCE_SECONDS, WatchCluster
from tests.hostile.tenant import Tenant, a_deployment

LIMIT_MIB: Final = 256
"""The memory limit in k8s/deployment.yaml."""
FAT_BYTES: Final = 1_300_000


def peak_mib(process: WatchCluster) -> int:
    """The most memory that the process has had resident."""
    status = Path(f"/proc/{process.pid}/status").read_text().splitlines()
    [line] = [each for each in status if each.startswith("VmHWM:")]
    return int(line.split()[1]) // 1024


def survives(team: Team, process: WatchCluster, what: str) -> None:
    team.push("1.0.1")
    team.comes_to_run("shop", team.image("1.0.1"))
    team.ends("shop", "done")
    peak = peak_mib(process)
    print(f"{what}: {peak} MiB at most")  # noqa: T201 - a figure for people
    assert process.alive
    assert peak < LIMIT_MIB


def begin(team: Team) -> WatchCluster:
    team.push("1.0.0")
    team.deploy("shop", team.image("1.0.0"))
    return team.start(HEALTH_PORT=str(free_port())).leads()


def test_200_deployments_of_1_3_mb_of_arguments_every_second_one_opted_in(team: Team, tenant: Tenant) -> None:
    fat = {"args": ["x" * FAT_BYTES]}
    tenant.create_all(partial(a_deployment, f"fat-{number}", watched=number % 2 == 0, **fat) for number in range(200))

    process = begin(team)

    survives(team, process, "200 Deployments of 1.3 MB, before the start")


def test_1000_deployments_with_annotations_of_ours_of_60_kib(team: Team, tenant: Tenant) -> None:
    def with_annotations(name: str) -> dict[str, Any]:
        document = a_deployment(name, watched=True)
        document["metadata"]["annotations"]["watch-cluster.io/window"] = "x" * 60_000
        return document

    tenant.create_all(partial(with_annotations, f"fat-{number}") for number in range(1000))

    process = begin(team)

    survives(team, process, "1,000 Deployments with 60 KB of our annotations")


def test_64_pull_secrets_of_1_mb_for_each_of_8_deployments(team: Team, tenant: Tenant) -> None:
    def a_secret(name: str) -> dict[str, Any]:
        auth = base64.b64encode(b"robot:" + b"p" * 900_000).decode()
        config = base64.b64encode(json.dumps({"auths": {f"{name}.example": {"auth": auth[:900_000]}}}).encode())
        return {
            "kind": "Secret",
            "metadata": {"name": name},
            "type": "kubernetes.io/dockerconfigjson",
            "data": {".dockerconfigjson": config.decode()},
        }

    def a_puller(number: int) -> dict[str, Any]:
        document = a_deployment(f"puller-{number}", watched=True)
        document["metadata"]["annotations"]["watch-cluster.io/cron"] = "* * * * * ?"
        names = [{"name": f"pull-{64 * number + index}"} for index in range(64)]
        document["spec"] |= {"paused": False}
        document["spec"]["template"]["spec"]["imagePullSecrets"] = names
        return document

    tenant.create_all(partial(a_secret, f"pull-{number}") for number in range(512))
    tenant.create_all(partial(a_puller, number) for number in range(8))

    process = begin(team)
    wait_until(
        lambda: process.said("the pull secret pull-511") or process.said("the Secret pull-511"),
        "all Secrets were read",
        PATIENCE_SECONDS,
    )

    survives(team, process, "512 pull Secrets of 1 MB")
