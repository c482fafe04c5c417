"""What Secrets and ServiceAccounts say about pulling images, and nothing else of what they hold."""

from __future__ import annotations

from typing import Final

import msgspec

from watch_cluster.adapters.kubernetes.resources.objects import LocalReference
from watch_cluster.domain.images.keyring import Keyring

CONFIG_TYPE: Final = "kubernetes.io/dockerconfigjson"
LEGACY_TYPE: Final = "kubernetes.io/dockercfg"


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
    read = _SECRETS.decode(secret)
    data = read.data or _Data()
    if read.type == CONFIG_TYPE and data.config:
        return Keyring.parse_config(data.config)
    if read.type == LEGACY_TYPE and data.legacy:
        return Keyring.parse_legacy_config(data.legacy)
    return Keyring()


def pull_secrets_of(account: bytes) -> tuple[str, ...]:
    """Read the names of the Secrets that a ServiceAccount gives to its pods. Raises `msgspec.DecodeError`."""
    return tuple(each.name for each in _ACCOUNTS.decode(account).image_pull_secrets or ())
