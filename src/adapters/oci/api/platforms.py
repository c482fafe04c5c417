"""Reads the platforms of an image.

Sources: https://github.com/opencontainers/image-spec/blob/v1.1.1/image-index.md and config.md of the same.
"""

from __future__ import annotations

from typing import Final

from watch_cluster.adapters.oci.api.manifests import read_manifest, verify, walk_index
from watch_cluster.adapters.oci.auth.access import RepositoryClient
from watch_cluster.adapters.oci.http.bodies import ImageConfig, read_body
from watch_cluster.adapters.oci.http.request import KIBIBYTE
from watch_cluster.adapters.oci.http.timing import Timing
from watch_cluster.domain.images.platform import Platform
from watch_cluster.tools.deadline import Deadline

_MAX_BYTES: Final = 4 * 1024 * KIBIBYTE
_TIMEOUT_SECONDS: Final = 300.0
_OK: Final = 200


def list_platforms(access: RepositoryClient, digest: str, timing: Timing) -> frozenset[Platform]:
    """Return the platforms of an image, an empty set if it names none; raises `RequestError` or the port's errors."""
    manifest = read_manifest(access, digest)
    if manifest.config is None:
        entries = walk_index(access, manifest, Deadline(_TIMEOUT_SECONDS, timing.monotonic))
        platforms = (entry.platform for entry in entries)
        return frozenset(
            Platform.of(platform.os, platform.architecture, platform.variant or "")
            for platform in platforms
            if platform is not None and platform.os and platform.architecture
        )
    response = access.send(access.url(f"blobs/{manifest.config.digest}"), _MAX_BYTES)
    if response.status != _OK:
        raise access.refusal(response)
    verify(response, manifest.config.digest)
    config = read_body(response, ImageConfig)
    if not (config.os and config.architecture):
        return frozenset()
    return frozenset({Platform.of(config.os, config.architecture, config.variant or "")})
