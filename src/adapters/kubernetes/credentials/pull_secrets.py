"""What Secrets and ServiceAccounts say about pulling images, and nothing else of what they hold."""

from __future__ import annotations

from typing import Final

import msgspec

from watch_cluster.adapters.kubernetes.client.decoding import decode
from watch_cluster.adapters.kubernetes.resources.workloads.pod_template import LocalReference
from watch_cluster.domain.images.keyring import InvalidDockerConfig, Keyring

CONFIG_TYPE: Final = "kubernetes.io/dockerconfigjson"
LEGACY_TYPE: Final = "kubernetes.io/dockercfg"
MAX_CONFIG_BYTES: Final = 128 * 1024
"""What one configuration may hold: some hundred registries. A Secret may have 1 MiB."""
MAX_NAMES: Final = 64
"""How many pull secrets of one ServiceAccount are kept."""


class _Data(msgspec.Struct, rename={"config": ".dockerconfigjson", "legacy": ".dockercfg"}):
    config: bytes | None = None
    legacy: bytes | None = None


class _Secret(msgspec.Struct):
    """Part of core/v1 Secret; bytes are base64 there."""

    type: str = ""
    data: _Data | None = None


class _ServiceAccount(msgspec.Struct, rename="camel"):
    """Part of core/v1 ServiceAccount."""

    image_pull_secrets: list[LocalReference] | None = None


_SECRETS: Final = msgspec.json.Decoder(_Secret)
_ACCOUNTS: Final = msgspec.json.Decoder(_ServiceAccount)


def keyring_of(secret: bytes) -> Keyring:
    """Read a Secret; one of another type, or without its data, holds no keys, as for the kubelet.

    Raises `msgspec.DecodeError`, and `InvalidDockerConfig`, which quotes nothing.
    """
    read = decode(_SECRETS, secret)
    data = read.data or _Data()
    size = len(data.config or b"") + len(data.legacy or b"")
    if size > MAX_CONFIG_BYTES:
        raise InvalidDockerConfig(f"it holds {size} bytes, at most {MAX_CONFIG_BYTES} are read")
    if read.type == CONFIG_TYPE and data.config:
        return Keyring.parse_config(data.config)
    if read.type == LEGACY_TYPE and data.legacy:
        return Keyring.parse_legacy_config(data.legacy)
    return Keyring()


def pull_secrets_of(account: bytes) -> tuple[str, ...]:
    """Read the names of the first Secrets of a ServiceAccount. Raises `msgspec.DecodeError`."""
    names = decode(_ACCOUNTS, account).image_pull_secrets or ()
    return tuple(each.name for each in names[:MAX_NAMES])
