"""After an update, a container differs in nothing but its image and what comes from the image."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pytest

from tests.docker.engine import DockerEngine
from watch_cluster.adapters.docker.engine.client import EngineApi
from watch_cluster.adapters.docker.orchestrator import docker_orchestrator
from watch_cluster.adapters.docker.state.store import Store
from watch_cluster.adapters.oci.auth.docker_config import NoCredentials
from watch_cluster.domain.policy.rollout_settings import RolloutSettings
from watch_cluster.domain.rollout.changes import new_record, start_change
from watch_cluster.domain.workload.annotation import ENABLED, is_watch_cluster_key
from watch_cluster.domain.workload.workload import ImageChange

CONFIGURATIONS: Final[dict[str, tuple[str, ...]]] = {
    "nothing": (),
    "variable": ("--env=MODE=test",),
    "variable that overrides the image's": ("--env=RELEASE=mine",),
    "label": ("--label=team=shop",),
    "label that overrides the image's": ("--label=release=mine",),
    "host name": ("--hostname=shop",),
    "domain name": ("--hostname=shop", "--domainname=example"),
    "user": ("--user=1000:1000",),
    "working directory": ("--workdir=/tmp",),
    "entrypoint": ("--entrypoint=/workload",),
    "terminal and open input": ("--tty", "--interactive"),
    "stop signal": ("--stop-signal=SIGINT",),
    "stop time-out": ("--stop-timeout=3",),
    "no health check": ("--no-healthcheck",),
    "health check": ("--health-cmd=/workload ready", "--health-interval=1s", "--health-retries=5"),
    "restart always": ("--restart=always",),
    "restart on failure": ("--restart=on-failure:4",),
    "restart unless stopped": ("--restart=unless-stopped",),
    "memory": ("--memory=64m", "--memory-swap=64m", "--memory-reservation=32m"),
    "processors": ("--cpus=0.5", "--cpu-shares=512"),
    "processor set": ("--cpuset-cpus=0",),
    "number of processes": ("--pids-limit=100",),
    "limits": ("--ulimit=nofile=1024:2048",),
    "capabilities": ("--cap-add=NET_ADMIN", "--cap-drop=MKNOD"),
    "security options": ("--security-opt=no-new-privileges",),
    "read-only": ("--read-only",),
    "device": ("--device=/dev/null:/dev/mine:r",),
    "shared memory": ("--shm-size=16m",),
    "init": ("--init",),
    "process namespace of the host": ("--pid=host",),
    "IPC namespace of the host": ("--ipc=host",),
    "UTS namespace of the host": ("--uts=host",),
    "kernel settings": ("--sysctl=net.ipv4.ip_forward=1",),
    "groups": ("--group-add=10",),
    "out-of-memory score": ("--oom-score-adj=100",),
    "name servers": ("--dns=10.0.0.1", "--dns-search=example", "--dns-option=ndots:2"),
    "hosts": ("--add-host=db:10.0.0.9",),
    "published port": ("--publish=127.0.0.1::80",),
    "exposed port": ("--expose=8080",),
    "log options": ("--log-driver=json-file", "--log-opt=max-size=1m", "--log-opt=tag=shop"),
    "no log": ("--log-driver=none",),
    "bind mount": ("--volume=/tmp:/host:ro",),
    "named volume": ("--volume=shop-data:/data",),
    "read-only named volume": ("--mount=type=volume,source=shop-data,target=/data,readonly",),
    "tmpfs": ("--tmpfs=/run:size=1m",),
    "tmpfs mount": ("--mount=type=tmpfs,destination=/scratch,tmpfs-size=1048576",),
    "host network": ("--network=host",),
    "no network": ("--network=none",),
    "own network with aliases": ("--network=shop-net", "--network-alias=db", "--network-alias=cache"),
    "static address": ("--network=shop-net", "--ip=10.77.0.9"),
    "hardware address": ("--mac-address=02:42:0a:00:00:09",),
}
_ADDRESSES: Final = ("IPAddress", "GlobalIPv6Address", "MacAddress", "EndpointID")
_OF_THE_CONTAINER: Final = frozenset(
    [
        "Id",
        "Created",
        "ExecIDs",
        "Image",
        "State",
        "GraphDriver",
        "ResolvConfPath",
        "HostnamePath",
        "HostsPath",
        "LogPath",
    ]
)


@pytest.fixture
def network(engine: DockerEngine) -> Iterator[None]:
    engine.cli("network", "create", "--subnet=10.77.0.0/24", "shop-net")
    for tag in ("1", "2"):
        given = {"Env": [f"RELEASE={tag}", "BEHAVIOUR=pause"], "Labels": {"release": tag}, "WorkingDir": f"/srv{tag}"}
        engine.publish("configured", tag, configuration=given)
    yield
    engine.clean()


def update(engine: DockerEngine, folder: Path, api: EngineApi) -> None:
    orchestrator = docker_orchestrator(api, Store(folder), NoCredentials())
    orchestrator.reader.load()
    [workload] = orchestrator.reader.workloads()
    before, after = (f"{engine.registry}/configured:{tag}" for tag in ("1", "2"))
    record = new_record(
        workload, (ImageChange("shop", before, after),), RolloutSettings(timedelta(minutes=10)), datetime.now(UTC)
    )
    orchestrator.writer.apply(workload.key, start_change(record))


def kept(inspected: dict[str, Any]) -> dict[str, Any]:
    """What must be the same, without what the engine gives each container, and what the image gave."""
    found = {key: value for key, value in inspected.items() if key not in _OF_THE_CONTAINER}
    config, host = dict(found["Config"]), dict(found["HostConfig"])
    config["Image"] = ""
    config["Hostname"] = config["Hostname"].replace(inspected["Id"][:12], "")
    config["Env"] = sorted(each for each in config["Env"] or () if each not in {"RELEASE=1", "RELEASE=2"})
    labels = (config["Labels"] or {}).items()
    config["Labels"] = {
        key: value
        for key, value in labels
        if not (is_watch_cluster_key(key) or (key == "release" and value in {"1", "2"}))
    }
    config["WorkingDir"] = config["WorkingDir"].rstrip("12")
    networks = {
        name: {
            **{key: value for key, value in each.items() if key not in _ADDRESSES},
            "Aliases": sorted({*(each["Aliases"] or ())} - {inspected["Id"][:12]}),
            "IPAMConfig": each["IPAMConfig"] or None,
        }
        for name, each in found["NetworkSettings"]["Networks"].items()
    }
    # An empty list, an empty object and nothing are the same to the engine.
    plain = {key: value or None for key, value in host.items()}
    return {
        **found,
        "Config": {k: v or None for k, v in config.items()},
        "HostConfig": plain,
        "NetworkSettings": networks,
    }


@pytest.mark.usefixtures("network")
@pytest.mark.parametrize("options", CONFIGURATIONS.values(), ids=CONFIGURATIONS)
def test_a_container_is_as_before_but_for_its_image(
    engine: DockerEngine, tmp_path: Path, options: tuple[str, ...]
) -> None:
    image = f"{engine.registry}/configured:1"
    engine.cli("run", "--detach", "--name=shop", f"--label={ENABLED}=true", *options, image)
    before = engine.inspect("shop")
    api = engine.api()
    update(engine, tmp_path, api)
    after = engine.inspect("shop")
    api.close()
    assert after["Config"]["Image"] == f"{engine.registry}/configured:2"
    assert kept(after) == kept(before)
    assert after["State"]["Running"]
    released = "mine" if "RELEASE=mine" in (before["Config"]["Env"] or ()) else "2"
    assert f"RELEASE={released}" in after["Config"]["Env"]
