"""The configuration of a container's successor: that of the container, less what its image gave it.

Source: https://docs.docker.com/reference/api/engine/version/v1.41/#tag/Container/operation/ContainerCreate
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any, Final

from watch_cluster.adapters.docker.containers.names import INTERNAL
from watch_cluster.domain.workload import annotation

_ID_IN_HOSTNAME: Final = 12
"""The engine names the host after so many characters of the container's id."""
_OF_IMAGE: Final = ("User", "WorkingDir", "StopSignal", "Healthcheck", "Shell", "StopTimeout")
_BY_KEY: Final = ("ExposedPorts", "Volumes", "Labels")
_ENDPOINT: Final = ("IPAMConfig", "Links", "Aliases", "DriverOpts", "GwPriority")
"""What somebody configures of an endpoint; the rest is what the engine made of it."""

Document = dict[str, Any]


def successor(
    inspected: Mapping[str, Any],
    image: Mapping[str, Any],
    reference: str,
    labels: Mapping[str, str],
    shared: str | None = None,
) -> Document:
    """The body that creates the successor of a container.

    `image` is the configuration that the old image gave, `reference` the new image. `labels` replace all labels of
    ours that records carry. `shared` is the container whose namespaces it is to share from now on, if it shares any.
    """
    config = _without_image(copy.deepcopy(dict(inspected["Config"])), image)
    host = copy.deepcopy(dict(inspected["HostConfig"]))
    config["Image"] = reference
    config["Labels"] = {**_kept_labels(config.get("Labels") or {}), **labels}
    if config.get("Hostname") == str(inspected["Id"])[:_ID_IN_HOSTNAME]:
        del config["Hostname"]
    if shared is not None:
        for mode in ("NetworkMode", "PidMode", "IpcMode"):
            if str(host.get(mode) or "").startswith("container:"):
                host[mode] = f"container:{shared}"
    if str(host.get("NetworkMode") or "").startswith("container:"):
        # The engine refuses them for a container without a network of its own.
        for own in ("Hostname", "Domainname", "ExposedPorts", "MacAddress"):
            config.pop(own, None)
    _keep_anonymous_volumes(inspected, host)
    return {**config, "HostConfig": host, "NetworkingConfig": {"EndpointsConfig": _first_endpoint(inspected)}}


def endpoints(inspected: Mapping[str, Any]) -> dict[str, Document]:
    """The networks of a container with what somebody configured for each: aliases, links, static addresses."""
    if str(inspected["HostConfig"].get("NetworkMode") or "").startswith(("container:", "host", "none")):
        return {}
    networks = (inspected.get("NetworkSettings") or {}).get("Networks") or {}
    return {name: _endpoint(str(inspected["Id"]), found or {}) for name, found in networks.items()}


def _endpoint(container_id: str, found: Mapping[str, Any]) -> Document:
    kept = {name: found[name] for name in _ENDPOINT if found.get(name)}
    # The engine adds the id of the container as an alias.
    aliases = [each for each in kept.pop("Aliases", []) if each != container_id[:_ID_IN_HOSTNAME]]
    return kept | ({"Aliases": aliases} if aliases else {})


def _first_endpoint(inspected: Mapping[str, Any]) -> dict[str, Document]:
    """The endpoint in the network that the container was created in: older engines accept one only."""
    found = endpoints(inspected)
    mode = str(inspected["HostConfig"].get("NetworkMode") or "")
    ids = {(each or {}).get("NetworkID"): name for name, each in _networks(inspected).items()}
    name = mode if mode in found else ids.get(mode, "")
    return {name: found[name]} if name in found else {}


def _networks(inspected: Mapping[str, Any]) -> Mapping[str, Any]:
    return (inspected.get("NetworkSettings") or {}).get("Networks") or {}


def _without_image(config: Document, image: Mapping[str, Any]) -> Document:
    """Leave out what equals the old image's own, so that the new image's comes in."""
    for name in _OF_IMAGE:
        if name in config and config[name] == image.get(name):
            del config[name]
    # A command that somebody gives goes with the entrypoint that it was given for.
    if (config.get("Entrypoint") or None) == (image.get("Entrypoint") or None):
        config.pop("Entrypoint", None)
        if (config.get("Cmd") or None) == (image.get("Cmd") or None):
            config.pop("Cmd", None)
    given = set(image.get("Env") or ())
    config["Env"] = [each for each in config.get("Env") or () if each not in given]
    for name in _BY_KEY:
        own = image.get(name) or {}
        given_here = (config.get(name) or {}).items()
        config[name] = {key: value for key, value in given_here if key not in own or own[key] != value}
    return config


def _kept_labels(labels: Mapping[str, str]) -> dict[str, str]:
    return {key: value for key, value in labels.items() if key not in annotation.WRITTEN and key not in INTERNAL}


def _keep_anonymous_volumes(inspected: Mapping[str, Any], host: Document) -> None:
    """Have the successor use the same anonymous volumes: the data of many databases is in one."""
    targets = {str(each.get("Target")) for each in host.get("Mounts") or () if each.get("Source")}
    targets |= {each.split(":")[1] for each in host.get("Binds") or () if ":" in each}
    named = [
        f"{mount['Name']}:{mount['Destination']}" + ("" if mount.get("RW", True) else ":ro")
        for mount in inspected.get("Mounts") or ()
        if mount.get("Type") == "volume" and mount.get("Name") and mount.get("Destination") not in targets
    ]
    if named:
        host["Binds"] = [*(host.get("Binds") or ()), *named]
        kept = {each.split(":")[1] for each in named}
        mounts = [each for each in host.get("Mounts") or () if each.get("Target") not in kept]
        if host.get("Mounts"):
            host["Mounts"] = mounts
