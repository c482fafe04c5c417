"""The configuration of a container's successor: that of the container, without the defaults of its image.

Source: https://docs.docker.com/reference/api/engine/version/v1.41/#tag/Container/operation/ContainerCreate
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any, Final

from watch_cluster.adapters.docker.containers.names import INTERNAL
from watch_cluster.domain.workload import annotation

_ID_IN_HOSTNAME: Final = 12
"""How many characters of its id are the default host name of a container."""
_OF_IMAGE: Final = ("User", "WorkingDir", "StopSignal", "Healthcheck", "Shell", "StopTimeout")
_BY_KEY: Final = ("ExposedPorts", "Volumes", "Labels")
_ENDPOINT: Final = ("IPAMConfig", "Links", "Aliases", "DriverOpts", "GwPriority")
"""The fields of an endpoint that users configure; the engine sets the others."""

Document = dict[str, Any]


def successor(
    inspected: Mapping[str, Any],
    image: Mapping[str, Any],
    reference: str,
    labels: Mapping[str, str],
    shared: str | None = None,
) -> Document:
    """Return the body of the request that creates the successor of a container.

    `image` is the configuration of the old image, `reference` the new image. `labels` replace all labels that
    Watch-Cluster writes. `shared` is the container whose namespaces it will share, if it shares any.
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
        # The engine rejects them for a container without its own network.
        for own in ("Hostname", "Domainname", "ExposedPorts", "MacAddress"):
            config.pop(own, None)
    _keep_anonymous_volumes(inspected, host)
    return {**config, "HostConfig": host, "NetworkingConfig": {"EndpointsConfig": _first_endpoint(inspected)}}


def endpoints(inspected: Mapping[str, Any]) -> dict[str, Document]:
    """Return the networks of a container with their configuration: aliases, links, static addresses."""
    if str(inspected["HostConfig"].get("NetworkMode") or "").startswith(("container:", "host", "none")):
        return {}
    networks = (inspected.get("NetworkSettings") or {}).get("Networks") or {}
    return {name: _endpoint(str(inspected["Id"]), found or {}) for name, found in networks.items()}


def _endpoint(container_id: str, found: Mapping[str, Any]) -> Document:
    kept = {name: found[name] for name in _ENDPOINT if found.get(name)}
    # The engine adds the id of the container as an alias.
    aliases = [alias for alias in kept.pop("Aliases", []) if alias != container_id[:_ID_IN_HOSTNAME]]
    return kept | ({"Aliases": aliases} if aliases else {})


def _first_endpoint(inspected: Mapping[str, Any]) -> dict[str, Document]:
    """Return the endpoint in the network that the container was created in: older engines accept only one."""
    found = endpoints(inspected)
    mode = str(inspected["HostConfig"].get("NetworkMode") or "")
    ids = {(network or {}).get("NetworkID"): name for name, network in _networks(inspected).items()}
    name = mode if mode in found else ids.get(mode, "")
    return {name: found[name]} if name in found else {}


def _networks(inspected: Mapping[str, Any]) -> Mapping[str, Any]:
    return (inspected.get("NetworkSettings") or {}).get("Networks") or {}


def _without_image(config: Document, image: Mapping[str, Any]) -> Document:
    """Remove what equals the defaults of the old image, so that those of the new image apply."""
    for name in _OF_IMAGE:
        if name in config and config[name] == image.get(name):
            del config[name]
    _remove_default_command(config, image)
    defaults = set(image.get("Env") or ())
    config["Env"] = [variable for variable in config.get("Env") or () if variable not in defaults]
    for name in _BY_KEY:
        config[name] = _without_defaults(config.get(name) or {}, image.get(name) or {})
    return config


def _remove_default_command(config: Document, image: Mapping[str, Any]) -> None:
    """Remove a default entrypoint and command; a command is kept with the entrypoint that it was set for."""
    if (config.get("Entrypoint") or None) != (image.get("Entrypoint") or None):
        return
    config.pop("Entrypoint", None)
    if (config.get("Cmd") or None) == (image.get("Cmd") or None):
        config.pop("Cmd", None)


def _without_defaults(values: Mapping[str, Any], defaults: Mapping[str, Any]) -> Document:
    return {key: value for key, value in values.items() if key not in defaults or defaults[key] != value}


def _kept_labels(labels: Mapping[str, str]) -> dict[str, str]:
    return {key: value for key, value in labels.items() if key not in annotation.WRITTEN and key not in INTERNAL}


def _keep_anonymous_volumes(inspected: Mapping[str, Any], host: Document) -> None:
    """Keep the anonymous volumes: many databases store their data in one."""
    targets = _targets(host)
    binds = [_bind(mount) for mount in inspected.get("Mounts") or () if _is_volume_elsewhere(mount, targets)]
    if not binds:
        return
    host["Binds"] = [*(host.get("Binds") or ()), *binds]
    bound = {bind.split(":")[1] for bind in binds}
    if host.get("Mounts"):
        host["Mounts"] = [mount for mount in host["Mounts"] if mount.get("Target") not in bound]


def _targets(host: Document) -> set[str]:
    """Return the paths that are mounted from a named source."""
    mounts = {str(mount.get("Target")) for mount in host.get("Mounts") or () if mount.get("Source")}
    return mounts | {bind.split(":")[1] for bind in host.get("Binds") or () if ":" in bind}


def _is_volume_elsewhere(mount: Mapping[str, Any], targets: set[str]) -> bool:
    return mount.get("Type") == "volume" and bool(mount.get("Name")) and mount.get("Destination") not in targets


def _bind(mount: Mapping[str, Any]) -> str:
    return f"{mount['Name']}:{mount['Destination']}" + ("" if mount.get("RW", True) else ":ro")
