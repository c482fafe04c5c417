"""Tells what a tag stands for: the digest of its index or manifest, and the digests of what lies below."""

from __future__ import annotations

import hashlib
from typing import Final

import httpx

from watch_cluster.adapters.oci.access import Access
from watch_cluster.adapters.oci.bodies import Descriptor, Manifest, read_body
from watch_cluster.adapters.oci.exchange import KIBIBYTE, Answer
from watch_cluster.adapters.oci.faults import Fault, Remedy, quote
from watch_cluster.application.ports.image_registry import RegistryError, RepositoryNotFound
from watch_cluster.domain.image import is_digest

# A kind that is left out is not refused: the registry then silently gives one platform's manifest of an index.
_ACCEPT: Final = (
    "application/vnd.oci.image.index.v1+json, "
    "application/vnd.docker.distribution.manifest.list.v2+json, "
    "application/vnd.oci.image.manifest.v1+json, "
    "application/vnd.docker.distribution.manifest.v2+json"
)
_DIGEST_HEADER: Final = "docker-content-digest"
_LARGEST: Final = 4 * 1024 * KIBIBYTE
_MOST_PLATFORMS: Final = 100
_OK: Final = 200
_NOT_FOUND: Final = 404
# Seen instead of an answer to HEAD; whether the manifest is there then tells a GET.
_NO_HEAD: Final = frozenset({400, _NOT_FOUND, 405})
_REFERENCE_TYPE: Final = "vnd.docker.reference.type"


def tag_digest(access: Access, manifests: httpx.URL, tag: str) -> str:
    """Give the digest of what the tag names; raises `Fault` or an error of the port.

    A HEAD comes first, since no registry counts it as a pull.
    """
    url = _below(manifests, tag)
    answer = access.ask(url, 0, method="HEAD", accept=_ACCEPT)
    told: str = answer.headers.get(_DIGEST_HEADER, "")
    if answer.status == _OK and is_digest(told):
        return told
    if answer.status != _OK and answer.status not in _NO_HEAD:
        raise access.refusal(answer)
    answer = _get(access, url, tag)
    digest = _hash(answer)
    told = answer.headers.get(_DIGEST_HEADER, digest)
    if told != digest and told.startswith("sha256:"):
        raise _lie(answer, f"the manifest of tag {tag} has the digest {digest}, and its header says {quote(told)}")
    return digest


def contents_of(access: Access, manifests: httpx.URL, digest: str, *, configs: bool) -> frozenset[str]:
    """Give the digests of an index's platforms, with `configs` also those of the images' configurations.

    Attestations are left out. Raises `Fault` or an error of the port.
    """
    top = _read(access, manifests, digest)
    if top.manifests is None:
        return frozenset({top.config.digest} if configs and top.config is not None else ())
    platforms = [each.digest for each in top.manifests if _is_image(each)]
    if len(platforms) > _MOST_PLATFORMS or not all(is_digest(each) for each in platforms):
        raise Fault(
            f"the index {digest} of {access.repository} names more than {_MOST_PLATFORMS} platforms, or what is no"
            " digest",
            "whoever pushed it must correct that",
            Remedy.CHANGE,
        )
    found = set(platforms)
    if configs:
        below = (_read(access, manifests, each).config for each in dict.fromkeys(platforms))
        found.update(config.digest for config in below if config is not None)
    return frozenset(found)


def _read(access: Access, manifests: httpx.URL, digest: str) -> Manifest:
    answer = _get(access, _below(manifests, digest), digest)
    if _hash(answer) != digest:
        raise _lie(answer, f"what it gives for {digest} has the digest {_hash(answer)}")
    return read_body(answer, Manifest)


def _get(access: Access, url: httpx.URL, name: str) -> Answer:
    answer = access.ask(url, _LARGEST, accept=_ACCEPT)
    if answer.status == _NOT_FOUND:
        raise _absent(access, answer, name)
    if answer.status != _OK:
        raise access.refusal(answer)
    # A login page is hashed as easily as a manifest.
    read_body(answer, Manifest)
    return answer


def _absent(access: Access, answer: Answer, name: str) -> RegistryError:
    return RepositoryNotFound(
        f"{access.repository}: {answer.host} answered 404: there is no {name} (any more), or it is hidden; check the"
        " image's name and tag"
    )


def _is_image(each: Descriptor) -> bool:
    if (each.annotations or {}).get(_REFERENCE_TYPE) == "attestation-manifest":
        return False
    return each.platform is None or (each.platform.os, each.platform.architecture) != ("unknown", "unknown")


def _hash(answer: Answer) -> str:
    return f"sha256:{hashlib.sha256(answer.body).hexdigest()}"


def _below(manifests: httpx.URL, name: str) -> httpx.URL:
    return manifests.copy_with(path=f"{manifests.path}/{name}")


def _lie(answer: Answer, what: str) -> Fault:
    return Fault(
        f"{answer.host} contradicts itself: {what}",
        "its operator, or whoever runs a proxy in between, must correct that",
        Remedy.CHANGE,
    )
