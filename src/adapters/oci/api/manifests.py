"""Reads manifests and indexes, and verifies each response by its hash.

Sources: https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pulling-manifests and
https://github.com/opencontainers/image-spec/blob/v1.1.1/image-index.md
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from typing import Final

from watch_cluster.adapters.oci.auth.access import RepositoryClient
from watch_cluster.adapters.oci.http.bodies import Descriptor, Manifest, read_body
from watch_cluster.adapters.oci.http.errors import Remedy, RequestError
from watch_cluster.adapters.oci.http.request import KIBIBYTE, Response
from watch_cluster.adapters.oci.http.timing import Timing
from watch_cluster.application.ports.registry.image_registry import RegistryUnauthorized
from watch_cluster.tools.deadline import Deadline

INDEXES: Final = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
)
_MANIFESTS: Final = (
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
)
# Without the index types, the registry would silently return the manifest of one platform.
_ACCEPT: Final = ", ".join((*INDEXES, *_MANIFESTS))
_MAX_DEPTH: Final = 3
_MAX_BYTES: Final = 4 * 1024 * KIBIBYTE
_MAX_PLATFORMS: Final = 100
_TIMEOUT_SECONDS: Final = 300.0
_SHA256: Final = re.compile(r"sha256:[0-9a-f]{64}", re.ASCII)
_OK: Final = 200
_NOT_FOUND: Final = 404


def read_digest(access: RepositoryClient, tag: str) -> str:
    """Return the digest of the tag; raises `RequestError` or an error of the port.

    It sends HEAD, which Docker Hub does not count as a pull. If that returns no digest, it sends GET and hashes the
    response.
    """
    try:
        response = access.send(access.url(f"manifests/{tag}"), _MAX_BYTES, "HEAD", _ACCEPT)
    except RegistryUnauthorized:
        # Some registries reject only HEAD, with various statuses: the response to GET counts.
        pass
    else:
        if response.status == _OK and (claimed := _claimed(response)) is not None:
            return claimed
    response = _get(access, tag)
    # Even a login page could be hashed.
    _read(access, response)
    actual = _hash(response, "sha256")
    claimed = _claimed(response)
    if claimed is not None and claimed != actual:
        raise _forged(f"{response.host} says that the digest is {claimed}, but it sent {actual}")
    return actual


def list_contents(access: RepositoryClient, digest: str, timing: Timing, *, configs: bool) -> frozenset[str]:
    """Return the digests of the platforms' manifests and nested indexes, and with `configs`, of configurations too.

    Raises `RequestError` or the port's errors.
    """
    deadline = Deadline(_TIMEOUT_SECONDS, timing.monotonic)
    manifest = read_manifest(access, digest)
    if manifest.config is not None:
        return frozenset({manifest.config.digest} if configs else ())
    entries = walk_index(access, manifest, deadline)
    digests = frozenset(entry.digest for entry in entries)
    if not configs:
        return digests
    images = {entry.digest for entry in entries if entry.media_type not in INDEXES}
    return digests.union(_configs(access, sorted(images), deadline))


def walk_index(access: RepositoryClient, index: Manifest, deadline: Deadline) -> tuple[Descriptor, ...]:
    """Return the platforms of an index and of the indexes nested in it, each once.

    Raises `RequestError`, also if there are too many, or the port's errors.
    """
    found: dict[str, Descriptor] = {}
    level = [index]
    for _ in range(_MAX_DEPTH):
        entries = [entry for manifest in level for entry in manifest.manifests or () if is_platform(entry)]
        new = {entry.digest: entry for entry in entries if entry.digest not in found}
        found |= new
        if len(found) > _MAX_PLATFORMS:
            raise RequestError(
                f"the registry has an index of {len(found)} platforms, and at most {_MAX_PLATFORMS} are read",
                "check that the image is right",
                Remedy.CHANGE,
            )
        inner = sorted(digest for digest, entry in new.items() if entry.media_type in INDEXES)
        level = list(_existing(access, inner, deadline))
        if not level:
            return tuple(found.values())
    raise RequestError(
        f"the registry has indexes that are nested more than {_MAX_DEPTH} levels deep",
        "check that the image is right",
        Remedy.CHANGE,
    )


def _configs(access: RepositoryClient, digests: list[str], deadline: Deadline) -> Iterator[str]:
    for manifest in _existing(access, digests, deadline):
        if manifest.config is not None:
            yield manifest.config.digest


def _existing(access: RepositoryClient, digests: list[str], deadline: Deadline) -> Iterator[Manifest]:
    """Yield those of the manifests that the registry has."""
    for digest in digests:
        if deadline.remaining() <= 0:
            raise RequestError(
                f"the registry did not return the manifests of all platforms within {deadline.seconds:g} s",
                "check that it is not overloaded",
                Remedy.LATER,
            )
        response = _get(access, digest)
        if response.status == _NOT_FOUND:
            # Some mirrors only have the platforms that they need.
            continue
        yield _verified(access, response, digest)


def is_platform(descriptor: Descriptor) -> bool:
    """Whether it is a platform: indexes also contain attestations, as images for unknown platforms.

    Source: https://docs.docker.com/build/metadata/attestations/attestation-storage/
    """
    platform = descriptor.platform
    if platform is not None and platform.os == platform.architecture == "unknown":
        return False
    annotations = descriptor.annotations
    return annotations is None or bytes(annotations.reference_type) != b'"attestation-manifest"'


def _get(access: RepositoryClient, reference: str) -> Response:
    return access.send(access.url(f"manifests/{reference}"), _MAX_BYTES, accept=_ACCEPT)


def _read(access: RepositoryClient, response: Response) -> Manifest:
    if response.status != _OK:
        raise access.refusal(response)
    return read_body(response, Manifest)


def read_manifest(access: RepositoryClient, digest: str) -> Manifest:
    """Return the manifest, or index, of that digest; raises `RequestError` or an error of the port."""
    return _verified(access, _get(access, digest), digest)


def verify(response: Response, digest: str) -> None:
    """Raise `RequestError` unless the response has this digest."""
    actual = _hash(response, digest.partition(":")[0])
    if actual != digest:
        raise _forged(f"{response.host} was asked for {digest}, but it sent {actual}")


def _verified(access: RepositoryClient, response: Response, digest: str) -> Manifest:
    # Decoded before it is hashed: for a login page, the error should say that it is not a manifest.
    manifest = _read(access, response)
    verify(response, digest)
    return manifest


def _claimed(response: Response) -> str | None:
    """Return the digest in the header of the response; None if there is none or it is invalid."""
    claimed = response.headers.get("docker-content-digest", "")
    return claimed if _SHA256.fullmatch(claimed) else None


def _hash(response: Response, algorithm: str) -> str:
    return f"{algorithm}:{hashlib.new(algorithm, response.body).hexdigest()}"


def _forged(what: str) -> RequestError:
    return RequestError(what, "check that nothing between it and the cluster changes what it sends", Remedy.CHANGE)
