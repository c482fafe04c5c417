"""Finds out what a tag names and what that holds, believing only what the hash of a response proves.

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
from watch_cluster.adapters.oci.http.exchange import KIBIBYTE, Response
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
# All in one header and always the same: without the indexes, the response is silently the digest of one platform.
_ACCEPT: Final = ", ".join((*INDEXES, *_MANIFESTS))
_DEEPEST: Final = 3
_LARGEST: Final = 4 * 1024 * KIBIBYTE
_MOST_PLATFORMS: Final = 100
_LONGEST_SECONDS: Final = 300.0
_SHA256: Final = re.compile(r"sha256:[0-9a-f]{64}", re.ASCII)
_OK: Final = 200
_NOT_FOUND: Final = 404


def read_digest(access: RepositoryClient, tag: str) -> str:
    """Return the digest of what the tag names; raises `RequestError` or an error of the port.

    Asked by HEAD, which Docker Hub does not count as a pull; by GET, and hashed by us, where HEAD gives no digest.
    """
    try:
        response = access.send(access.url(f"manifests/{tag}"), _LARGEST, "HEAD", _ACCEPT)
    except RegistryUnauthorized:
        # Some registries refuse HEAD alone, each with another status: the response to GET counts.
        pass
    else:
        if response.status == _OK and (claimed := _claimed(response)) is not None:
            return claimed
    response = _get(access, tag)
    # A login page has a digest too.
    _read(access, response)
    actual = _hash(response, "sha256")
    claimed = _claimed(response)
    if claimed is not None and claimed != actual:
        raise _forged(f"{response.host} says that the digest is {claimed}, but it sent {actual}")
    return actual


def list_contents(access: RepositoryClient, digest: str, timing: Timing, *, configs: bool) -> frozenset[str]:
    """Return the manifests of the platforms, and with `configs` the configurations too.

    Raises `RequestError` or the port's errors.

    An index inside an index counts as a manifest, and so do the manifests in it.
    """
    deadline = Deadline(_LONGEST_SECONDS, timing.monotonic)
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
    """Return the entries of an index that are for running, and those of the indexes inside it, each once.

    Raises `RequestError`, also when there are too many, or the port's errors.
    """
    found: dict[str, Descriptor] = {}
    # In front of each level, what contains it.
    level = [index]
    for _ in range(_DEEPEST):
        entries = [entry for each in level for entry in each.manifests or () if is_platform(entry)]
        new = {entry.digest: entry for entry in entries if entry.digest not in found}
        found |= new
        if len(found) > _MOST_PLATFORMS:
            raise RequestError(
                f"the registry has an index of {len(found)} platforms, and at most {_MOST_PLATFORMS} are read",
                "check that the image is right",
                Remedy.CHANGE,
            )
        inner = sorted(digest for digest, entry in new.items() if entry.media_type in INDEXES)
        level = list(_present(access, inner, deadline))
        if not level:
            return tuple(found.values())
    raise RequestError(
        f"the registry has indexes inside of indexes that are more than {_DEEPEST} deep",
        "check that the image is right",
        Remedy.CHANGE,
    )


def _configs(access: RepositoryClient, digests: list[str], deadline: Deadline) -> Iterator[str]:
    for manifest in _present(access, digests, deadline):
        if manifest.config is not None:
            yield manifest.config.digest


def _present(access: RepositoryClient, digests: list[str], deadline: Deadline) -> Iterator[Manifest]:
    """Return the manifests that the registry has of what its index names."""
    for digest in digests:
        if deadline.remaining() <= 0:
            raise RequestError(
                f"the registry did not give the manifests of all platforms within {deadline.seconds:g} s",
                "check that it is not overloaded",
                Remedy.LATER,
            )
        response = _get(access, digest)
        if response.status == _NOT_FOUND:
            # Some mirrors keep only the platforms that they need: nobody can run the others from there.
            continue
        yield _verified(access, response, digest)


def is_platform(descriptor: Descriptor) -> bool:
    """Whether it is for running: builders put attestations, as images for unknown platforms, into indexes.

    Source: https://docs.docker.com/build/metadata/attestations/attestation-storage/
    """
    platform = descriptor.platform
    if platform is not None and platform.os == platform.architecture == "unknown":
        return False
    return (descriptor.annotations or {}).get("vnd.docker.reference.type") != "attestation-manifest"


def _get(access: RepositoryClient, reference: str) -> Response:
    return access.send(access.url(f"manifests/{reference}"), _LARGEST, accept=_ACCEPT)


def _read(access: RepositoryClient, response: Response) -> Manifest:
    if response.status != _OK:
        raise access.refusal(response)
    return read_body(response, Manifest)


def read_manifest(access: RepositoryClient, digest: str) -> Manifest:
    """Return the manifest, or index, of that digest; raises `RequestError` or an error of the port."""
    return _verified(access, _get(access, digest), digest)


def verify(response: Response, digest: str) -> None:
    """Believe a response only when it is what was requested; raises `RequestError`."""
    actual = _hash(response, digest.partition(":")[0])
    if actual != digest:
        raise _forged(f"{response.host} was asked for {digest}, but it sent {actual}")


def _verified(access: RepositoryClient, response: Response, digest: str) -> Manifest:
    # Read before it is hashed: of a login page the person should hear that it is one.
    manifest = _read(access, response)
    verify(response, digest)
    return manifest


def _claimed(response: Response) -> str | None:
    """Return the digest that the response says it has, None when it says none or nothing sensible."""
    claimed = response.headers.get("docker-content-digest", "")
    return claimed if _SHA256.fullmatch(claimed) else None


def _hash(response: Response, algorithm: str) -> str:
    return f"{algorithm}:{hashlib.new(algorithm, response.body).hexdigest()}"


def _forged(what: str) -> RequestError:
    return RequestError(what, "check that nothing between it and the cluster changes what it sends", Remedy.CHANGE)
