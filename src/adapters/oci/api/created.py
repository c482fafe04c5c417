"""Reads the build date of an image.

Source: https://github.com/opencontainers/image-spec/blob/v1.1.1/config.md
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from watch_cluster.adapters.oci.api.manifests import is_platform, read_manifest, verify
from watch_cluster.adapters.oci.auth.access import RepositoryClient
from watch_cluster.adapters.oci.http.bodies import DatedConfig, read_body
from watch_cluster.adapters.oci.http.request import KIBIBYTE

_MAX_BYTES: Final = 4 * 1024 * KIBIBYTE
_OK: Final = 200
_MAX_DEPTH: Final = 3
"""How deeply indexes may be nested."""


def read_created(access: RepositoryClient, digest: str) -> datetime | None:
    """Return the date of an image, or of an index's first platform; raises `RequestError` or the port's errors."""
    manifest = read_manifest(access, digest)
    for _ in range(_MAX_DEPTH):
        if manifest.config is not None:
            break
        first = next((entry for entry in manifest.manifests or () if is_platform(entry)), None)
        if first is None:
            return None
        manifest = read_manifest(access, first.digest)
    if manifest.config is None:
        return None
    response = access.send(access.url(f"blobs/{manifest.config.digest}"), _MAX_BYTES)
    if response.status != _OK:
        raise access.refusal(response)
    verify(response, manifest.config.digest)
    return _read_date(read_body(response, DatedConfig).created)


def _read_date(text: object) -> datetime | None:
    if not isinstance(text, str):
        return None
    try:
        date = datetime.fromisoformat(text)
        return date.replace(tzinfo=UTC) if date.tzinfo is None else date.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
