"""Images as files, for clients that push them.

Source: https://github.com/opencontainers/image-spec/blob/v1.1.1/image-layout.md
"""

from __future__ import annotations

import gzip
import hashlib
import json
from pathlib import Path
from typing import Any, Final

from tests.cluster.registry.images import layer_of

_INDEX: Final = "application/vnd.oci.image.index.v1+json"
_MANIFEST: Final = "application/vnd.oci.image.manifest.v1+json"
_CONFIG: Final = "application/vnd.oci.image.config.v1+json"
_LAYER: Final = "application/vnd.oci.image.layer.v1.tar+gzip"


def write_layout(folder: Path, tag: str, *architectures: str) -> None:
    """Write an image for each architecture and an index of them, which has the tag."""
    manifests = []
    for architecture in architectures:
        layer_tar = layer_of(architecture)
        config = {
            "architecture": architecture,
            "os": "linux",
            "config": {},
            "rootfs": {"type": "layers", "diff_ids": [f"sha256:{hashlib.sha256(layer_tar).hexdigest()}"]},
            "history": [{"created_by": "tests"}],
        }
        manifest = {
            "schemaVersion": 2,
            "mediaType": _MANIFEST,
            "config": _write(folder, _CONFIG, json.dumps(config).encode()),
            "layers": [_write(folder, _LAYER, gzip.compress(layer_tar, mtime=0))],
        }
        described = _write(folder, _MANIFEST, json.dumps(manifest).encode())
        manifests.append({**described, "platform": {"os": "linux", "architecture": architecture}})
    index = _write(
        folder, _INDEX, json.dumps({"schemaVersion": 2, "mediaType": _INDEX, "manifests": manifests}).encode()
    )
    named = {**index, "annotations": {"org.opencontainers.image.ref.name": tag}}
    (folder / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [named]}))
    (folder / "oci-layout").write_text(json.dumps({"imageLayoutVersion": "1.0.0"}))


def _write(folder: Path, media_type: str, blob: bytes) -> dict[str, Any]:
    digest = hashlib.sha256(blob).hexdigest()
    blobs = folder / "blobs" / "sha256"
    blobs.mkdir(parents=True, exist_ok=True)
    (blobs / digest).write_bytes(blob)
    return {"mediaType": media_type, "digest": f"sha256:{digest}", "size": len(blob)}
