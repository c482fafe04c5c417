"""What a successor takes over from its container, and what it takes from the new image."""

from __future__ import annotations

from typing import Any

import pytest

from watch_cluster.adapters.docker.containers.configuration import endpoints, successor

ID = "5b093d25c71fda85728babd51d249f7800f343a57c471115f06ef4c3e16c261d"
IMAGE = {
    "Cmd": ["serve"],
    "Entrypoint": ["/app"],
    "Env": ["PATH=/bin", "RELEASE=1"],
    "Labels": {"maintainer": "team", "release": "1"},
    "ExposedPorts": {"80/tcp": {}},
    "Volumes": {"/cache": {}},
    "WorkingDir": "/srv",
    "User": "app",
    "Healthcheck": {"Test": ["CMD", "true"]},
}


def inspected(config: dict[str, Any] | None = None, host: dict[str, Any] | None = None, **rest: Any) -> dict[str, Any]:
    return {
        "Id": ID,
        "Config": {**IMAGE, "Hostname": ID[:12], "Image": "shop:1", **(config or {})},
        "HostConfig": {"NetworkMode": "default", **(host or {})},
        "Mounts": [],
        "NetworkSettings": {"Networks": {}},
        **rest,
    }


def made(document: dict[str, Any], shared: str | None = None) -> dict[str, Any]:
    return successor(document, IMAGE, "shop:2", {}, shared)


def test_defaults_of_the_old_image_come_from_the_new_one() -> None:
    body = made(inspected())
    assert body["Image"] == "shop:2"
    left_out = {"Cmd", "Entrypoint", "WorkingDir", "User", "Healthcheck", "Hostname"}
    assert not left_out & body.keys()
    assert [body[each] for each in ("Env", "Labels", "ExposedPorts", "Volumes")] == [[], {}, {}, {}]


@pytest.mark.parametrize(
    ("config", "kept"),
    [
        pytest.param({"Env": ["PATH=/bin", "RELEASE=1", "MODE=test"]}, {"Env": ["MODE=test"]}, id="a variable"),
        pytest.param({"Env": ["PATH=/opt/bin"]}, {"Env": ["PATH=/opt/bin"]}, id="another value of a variable"),
        pytest.param({"Cmd": ["migrate"]}, {"Cmd": ["migrate"]}, id="a command"),
        pytest.param(
            {"Entrypoint": ["/sh"], "Cmd": ["serve"]},
            {"Entrypoint": ["/sh"], "Cmd": ["serve"]},
            id="a command goes with the entrypoint that it was given for",
        ),
        pytest.param({"User": "root"}, {"User": "root"}, id="a user"),
        pytest.param({"Hostname": "shop"}, {"Hostname": "shop"}, id="a host name"),
        pytest.param({"Labels": {"release": "1", "mine": "x"}}, {"Labels": {"mine": "x"}}, id="a label"),
        pytest.param({"Healthcheck": {"Test": ["NONE"]}}, {"Healthcheck": {"Test": ["NONE"]}}, id="no health check"),
        pytest.param({"Tty": True, "StopSignal": "SIGINT"}, {"Tty": True, "StopSignal": "SIGINT"}, id="a terminal"),
    ],
)
def test_values_that_somebody_set_are_kept(config: dict[str, Any], kept: dict[str, Any]) -> None:
    body = made(inspected(config))
    assert {each: body[each] for each in kept} == kept


def test_anonymous_volumes_are_used_again() -> None:
    volume = {"Type": "volume", "Name": "a" * 64, "Destination": "/cache", "RW": True}
    assert made(inspected(Mounts=[volume]))["HostConfig"]["Binds"] == [f"{'a' * 64}:/cache"]


def test_a_named_volume_is_not_bound_twice() -> None:
    volume = {"Type": "volume", "Name": "data", "Destination": "/data", "RW": False}
    body = made(inspected(host={"Binds": ["data:/data:ro"]}, Mounts=[volume]))
    assert body["HostConfig"]["Binds"] == ["data:/data:ro"]


def test_a_shared_network_is_that_of_the_new_container() -> None:
    body = made(inspected(host={"NetworkMode": "container:old"}), shared="new")
    assert body["HostConfig"]["NetworkMode"] == "container:new"
    assert "Hostname" not in body
    assert "ExposedPorts" not in body


def test_endpoints_keep_what_somebody_set_and_not_what_the_engine_chose() -> None:
    endpoint = {
        "IPAMConfig": {"IPv4Address": "10.1.0.9"},
        "Aliases": ["db", ID[:12]],
        "IPAddress": "10.1.0.9",
        "MacAddress": "02:42:ac:11:00:02",
        "NetworkID": "n",
    }
    document = inspected(host={"NetworkMode": "shop"}, NetworkSettings={"Networks": {"shop": endpoint}})
    kept = {"shop": {"IPAMConfig": {"IPv4Address": "10.1.0.9"}, "Aliases": ["db"]}}
    assert endpoints(document) == kept
    assert made(document)["NetworkingConfig"] == {"EndpointsConfig": kept}


@pytest.mark.parametrize("mode", ["host", "none", "container:other"])
def test_there_is_no_endpoint_without_a_network_of_its_own(mode: str) -> None:
    assert endpoints(inspected(host={"NetworkMode": mode}, NetworkSettings={"Networks": {mode: {}}})) == {}


def test_records_of_the_old_container_are_not_copied() -> None:
    labels = {"watch-cluster.io/enabled": "true", "watch-cluster.io/rollout": "old", "watch-cluster.io/replaces": "x"}
    body = successor(inspected({"Labels": labels}), IMAGE, "shop:2", {"watch-cluster.io/rollout": "new"})
    assert body["Labels"] == {"watch-cluster.io/enabled": "true", "watch-cluster.io/rollout": "new"}
