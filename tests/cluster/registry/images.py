"""Small OCI images, made here and pushed over the registry's HTTP API.

Source: https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#push
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Final

import httpx

BEHAVIOURS: Final = ("good", "slow", "never-ready", "crash", "crash-later", "pause")
"""What a node makes of an image: `slow` gets ready after `SLOW_SECONDS`, `crash` ends when it starts, `crash-later` is
ready at once and ends after `CRASH_SECONDS`."""
BEHAVIOUR_LABEL: Final = "watch-cluster.test/behaviour"
SOURCE_LABEL: Final = "org.opencontainers.image.source"
SLOW_SECONDS: Final = 2.0
CRASH_SECONDS: Final = 1.5
LAST_WORD: Final = "cannot open the database"
"""What a container that crashes says at last."""
_INDEX: Final = "application/vnd.oci.image.index.v1+json"
_MANIFEST: Final = "application/vnd.oci.image.manifest.v1+json"


@dataclass(frozen=True, slots=True)
class Program:
    """What an image holds that a real node is to run: the program of `binary/workload`."""

    content: bytes


def push(
    registry: str,
    repository: str,
    tag: str,
    behavior: str = "good",
    edition: int = 1,
    program: Program | None = None,
    architecture: str = "amd64",
    built: datetime | None = None,
    configuration: Mapping[str, object] | None = None,
) -> str:
    """Push an image and return its digest. The same tag with another behaviour or edition is another image.

    With a program it behaves on a real node as it does on a simulated one. `configuration` is added to what the image
    says about its containers.
    """
    assert behavior in BEHAVIOURS, f"no image is {behavior!r}: one of {', '.join(BEHAVIOURS)}"
    with httpx.Client(base_url=f"http://{registry}/v2/{repository}", trust_env=False) as client:
        content = f"{repository}:{tag}#{edition}"
        body = _manifest(client, content, behavior, program, architecture, built, configuration or {})
        client.put(f"/manifests/{tag}", content=body, headers={"Content-Type": _MANIFEST}).raise_for_status()
    return _digest(body)


def tag_again(registry: str, repository: str, tag: str, *others: str) -> None:
    """Have other tags name the same image."""
    with httpx.Client(base_url=f"http://{registry}/v2/{repository}", trust_env=False) as client:
        body = client.get(f"/manifests/{tag}", headers={"Accept": _MANIFEST}).raise_for_status().content
        for other in others:
            client.put(f"/manifests/{other}", content=body, headers={"Content-Type": _MANIFEST}).raise_for_status()


def push_untagged(registry: str, repository: str) -> str:
    """Push an image that has a digest and no tag: the repository exists, and its list of tags is empty."""
    with httpx.Client(base_url=f"http://{registry}/v2/{repository}", trust_env=False) as client:
        body = _manifest(client, repository, "good")
        client.put(f"/manifests/{_digest(body)}", content=body, headers={"Content-Type": _MANIFEST}).raise_for_status()
    return _digest(body)


def push_signature(registry: str, repository: str, digest: str, payload: bytes, annotations: Mapping[str, str]) -> None:
    """Push the payload as a signature of the image, as cosign 2 does."""
    config = b"{}"
    with httpx.Client(base_url=f"http://{registry}/v2/{repository}", trust_env=False) as client:
        for blob in (config, payload):
            _upload(client, blob)
        layer = {**_descriptor("application/vnd.dev.cosign.simplesigning.v1+json", payload), "annotations": annotations}
        manifest = {
            "schemaVersion": 2,
            "mediaType": _MANIFEST,
            "config": _descriptor("application/vnd.oci.image.config.v1+json", config),
            "layers": [layer],
        }
        tag, headers = f"{digest.replace(':', '-')}.sig", {"Content-Type": _MANIFEST}
        client.put(f"/manifests/{tag}", content=json.dumps(manifest).encode(), headers=headers).raise_for_status()


def push_index(registry: str, repository: str, tag: str, *manifests: str) -> str:
    """Push an index of manifests that the repository has, one platform each, and return its digest."""
    return push_platforms(registry, repository, tag, dict(zip(("amd64", "arm64", "s390x"), manifests, strict=False)))


def push_platforms(registry: str, repository: str, tag: str, manifests: Mapping[str, str]) -> str:
    """Push an index of manifests that the repository has, by architecture, and return its digest."""
    entries = [
        {
            "mediaType": _MANIFEST,
            "digest": digest,
            "size": 1,
            "platform": {"os": "linux", "architecture": architecture},
        }
        for architecture, digest in manifests.items()
    ]
    body = json.dumps({"schemaVersion": 2, "mediaType": _INDEX, "manifests": entries}).encode()
    with httpx.Client(base_url=f"http://{registry}/v2/{repository}", trust_env=False) as client:
        client.put(f"/manifests/{tag}", content=body, headers={"Content-Type": _INDEX}).raise_for_status()
    return _digest(body)


def _manifest(
    client: httpx.Client,
    content: str,
    behavior: str,
    program: Program | None = None,
    architecture: str = "amd64",
    built: datetime | None = None,
    configuration: Mapping[str, object] = MappingProxyType({}),
) -> bytes:
    layer_tar = (
        layer_of(content) if program is None else _layer({"name": content.encode(), "workload": program.content})
    )
    settings = {
        "BEHAVIOUR": behavior,
        "SLOW_SECONDS": str(SLOW_SECONDS),
        "CRASH_SECONDS": str(CRASH_SECONDS),
        "LAST_WORD": LAST_WORD,
    }
    layer = gzip.compress(layer_tar, mtime=0)
    config = json.dumps(
        {
            "architecture": architecture,
            "os": "linux",
            "config": {
                "Labels": {BEHAVIOUR_LABEL: behavior},
                "Entrypoint": ["/workload"],
                "Env": [f"{name}={value}" for name, value in settings.items()],
                **configuration,
            },
            "rootfs": {"type": "layers", "diff_ids": [_digest(layer_tar)]},
        }
        | ({} if built is None else {"created": built.isoformat()})
    ).encode()
    for blob in (layer, config):
        _upload(client, blob)
    return json.dumps(
        {
            "schemaVersion": 2,
            "mediaType": _MANIFEST,
            "config": _descriptor("application/vnd.oci.image.config.v1+json", config),
            "layers": [_descriptor("application/vnd.oci.image.layer.v1.tar+gzip", layer)],
        }
    ).encode()


def layer_of(text: str) -> bytes:
    """An uncompressed layer with one file that says the text."""
    return _layer({"name": text.encode()})


def _layer(files: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(content), 0o755
            archive.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()


def _upload(client: httpx.Client, blob: bytes) -> None:
    opened = client.post("/blobs/uploads/").raise_for_status()
    # Some registries give no host: httpx would take that for a path below the repository.
    location = opened.url.join(opened.headers["Location"])
    client.put(location.copy_add_param("digest", _digest(blob)), content=blob).raise_for_status()


def _descriptor(media_type: str, blob: bytes) -> dict[str, object]:
    return {"mediaType": media_type, "digest": _digest(blob), "size": len(blob)}


def _digest(blob: bytes) -> str:
    return "sha256:" + hashlib.sha256(blob).hexdigest()
