"""Reads what the configuration of an image says: when it was built, and where it comes from.

Source: https://github.com/opencontainers/image-spec/blob/v1.1.1/config.md
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

import msgspec

from watch_cluster.adapters.oci.api.manifests import is_platform, read_manifest, verify
from watch_cluster.adapters.oci.auth.access import RepositoryClient
from watch_cluster.adapters.oci.http.bodies import Configuration, read_body
from watch_cluster.adapters.oci.http.request import KIBIBYTE
from watch_cluster.domain.images.description import ImageDescription
from watch_cluster.domain.images.origin import LABEL_PREFIX, NO_ORIGIN, ImageOrigin

_MAX_BYTES: Final = 4 * 1024 * KIBIBYTE
_OK: Final = 200
_MAX_DEPTH: Final = 3
"""How deeply indexes may be nested."""
_MAX_DATE_BYTES: Final = 64
_MAX_SETTINGS_BYTES: Final = 256 * KIBIBYTE
"""Of the part of a configuration that holds the labels."""


class _Labels(msgspec.Struct):
    source: object = msgspec.field(name=f"{LABEL_PREFIX}source", default=None)
    url: object = msgspec.field(name=f"{LABEL_PREFIX}url", default=None)
    documentation: object = msgspec.field(name=f"{LABEL_PREFIX}documentation", default=None)
    revision: object = msgspec.field(name=f"{LABEL_PREFIX}revision", default=None)
    version: object = msgspec.field(name=f"{LABEL_PREFIX}version", default=None)


class _Settings(msgspec.Struct):
    labels: _Labels | None = msgspec.field(name="Labels", default=None)


def read_description(access: RepositoryClient, digest: str) -> ImageDescription:
    """Describe an image, or an index by its first platform; raises `RequestError` or the port's errors."""
    manifest = read_manifest(access, digest)
    for _ in range(_MAX_DEPTH):
        if manifest.config is not None:
            break
        first = next((entry for entry in manifest.manifests or () if is_platform(entry)), None)
        if first is None:
            return ImageDescription()
        manifest = read_manifest(access, first.digest)
    if manifest.config is None:
        return ImageDescription()
    response = access.send(access.url(f"blobs/{manifest.config.digest}"), _MAX_BYTES)
    if response.status != _OK:
        raise access.refusal(response)
    verify(response, manifest.config.digest)
    configuration = read_body(response, Configuration)
    return ImageDescription(_read_date(configuration.created), _read_origin(configuration.config))


def _read_date(written: msgspec.Raw) -> datetime | None:
    if len(bytes(written)) > _MAX_DATE_BYTES:
        return None
    try:
        date = datetime.fromisoformat(msgspec.json.decode(written, type=str))
        return date.replace(tzinfo=UTC) if date.tzinfo is None else date.astimezone(UTC)
    except (msgspec.MsgspecError, ValueError, OverflowError):
        return None


def _read_origin(settings: msgspec.Raw) -> ImageOrigin:
    """Read the labels alone. Whatever else stands there must not keep an image from being updated to."""
    if len(bytes(settings)) > _MAX_SETTINGS_BYTES:
        return NO_ORIGIN
    try:
        labels = msgspec.json.decode(settings, type=_Settings).labels
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return NO_ORIGIN
    return NO_ORIGIN if labels is None else ImageOrigin.of(msgspec.structs.asdict(labels))
