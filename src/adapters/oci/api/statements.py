"""Reads what somebody has signed about an image, in the formats of cosign 2 and 3.

Sources: https://github.com/sigstore/cosign/blob/v2.6.5/specs/SIGNATURE_SPEC.md (tags such as `sha256-….sig`, whose
layers are signed payloads), https://github.com/sigstore/cosign/blob/v3.1.3/specs/BUNDLE_SPEC.md (bundles as referrers),
https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#listing-referrers (with the fall-back tag), and
https://github.com/secure-systems-lab/dsse/blob/v1.0.2/protocol.md.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final, TypeVar

import msgspec

from watch_cluster.adapters.oci.api.manifests import INDEXES, read_manifest, verify
from watch_cluster.adapters.oci.auth.access import RepositoryClient
from watch_cluster.adapters.oci.http.bodies import DIGEST, read_body
from watch_cluster.adapters.oci.http.errors import Remedy, RequestError
from watch_cluster.adapters.oci.http.request import KIBIBYTE, Response
from watch_cluster.domain.images.statement import SIGNATURE, SignedStatement

MAX_STATEMENTS: Final = 1000
"""The most signatures of one image that are read."""
MAX_BLOBS: Final = 50
"""The most different signed contents of one image that are read, the first ones."""
MAX_BLOB_BYTES: Final = 1024 * KIBIBYTE
"""Larger contents are passed over."""
MAX_PAYLOAD_BYTES: Final = 64 * KIBIBYTE
"""Larger payloads of cosign 2 are passed over: they name one image, while attestations may list all its packages."""
MAX_SIGNATURE_BYTES: Final = 8 * KIBIBYTE
"""Larger signatures are passed over; one of RSA with 8,192 bits has 1 KiB."""
MAX_BYTES: Final = 2 * 1024 * KIBIBYTE
"""The most bytes of contents and signatures of one image that are read; what exceeds them is passed over."""
_STATEMENT_BYTES: Final = 512
"""What a statement takes beyond its content and its signature."""
_MAX_MANIFEST_BYTES: Final = 2 * 1024 * KIBIBYTE
_MANIFEST: Final = "application/vnd.oci.image.manifest.v1+json"
_ACCEPT: Final = ", ".join((_MANIFEST, *INDEXES))
_BUNDLE: Final = "application/vnd.dev.sigstore.bundle.v0.3+json"
_PAYLOAD: Final = "application/vnd.dev.cosign.simplesigning.v1+json"
_ENVELOPE: Final = "application/vnd.dsse.envelope.v1+json"
_IN_TOTO: Final = "application/vnd.in-toto+json"
_CLAIM: Final = "cosign container image signature"
_OK: Final = 200
_ABSENT: Final = frozenset({400, 404, 405})
"""Answers of registries without the referrers API, and to tags that do not exist."""


class _Annotations(msgspec.Struct):
    """The annotation that is read, as it is written: values may be of any type."""

    signature: msgspec.Raw = msgspec.field(name="dev.cosignproject.cosign/signature", default=msgspec.Raw(b"null"))


class _Descriptor(msgspec.Struct, rename="camel"):
    digest: str
    size: int = 0
    media_type: str | None = None
    artifact_type: str | None = None
    annotations: _Annotations | None = None

    def __post_init__(self) -> None:
        if DIGEST.fullmatch(self.digest) is None:
            raise ValueError("not a digest")


class _Listed(msgspec.Struct):
    """A list of referrers, or a manifest of signatures."""

    manifests: list[_Descriptor] | None = None
    layers: list[_Descriptor] | None = None


class _Image(msgspec.Struct, rename="kebab"):
    docker_manifest_digest: str = ""


class _Critical(msgspec.Struct):
    image: _Image
    type: str = ""


class _Payload(msgspec.Struct):
    critical: _Critical


class _EnvelopeSignature(msgspec.Struct):
    sig: bytes


class _Envelope(msgspec.Struct, rename="camel"):
    payload: bytes
    payload_type: str
    signatures: list[_EnvelopeSignature]


class _Bundle(msgspec.Struct, rename="camel"):
    dsse_envelope: _Envelope | None = None


class _Subject(msgspec.Struct):
    digest: dict[str, str]


class _Statement(msgspec.Struct, rename="camel"):
    subject: list[_Subject]
    predicate_type: str


DecodedT = TypeVar("DecodedT", bound=msgspec.Struct)


def read_statements(
    access: RepositoryClient, digest: str, *, attestations: bool = False
) -> tuple[SignedStatement, ...]:
    """Return what was signed about the image, not yet verified; what cannot be read as such is passed over.

    With `attestations`, also those of cosign 2. Raises `RequestError`, also for too many signatures, or an error of the
    port.
    """
    # For who may not see the repository, everything is absent: the image itself says whether that is so.
    read_manifest(access, digest)
    reader = _Reader(access)
    name = digest.replace(":", "-")
    tags = (f"{name}.sig", f"{name}.att") if attestations else (f"{name}.sig",)
    found = [statement for tag in tags for statement in reader.layers(f"manifests/{tag}")]
    for referrer in _referrers(access, digest, name):
        found += reader.layers(f"manifests/{referrer.digest}", referrer.digest)
    return tuple(found)


def _referrers(access: RepositoryClient, digest: str, name: str) -> list[_Descriptor]:
    response = access.send(access.url(f"referrers/{digest}"), _MAX_MANIFEST_BYTES, accept=INDEXES[0])
    listed = _listed(access, response)
    if listed is None:
        listed = _listed(access, access.send(access.url(f"manifests/{name}"), _MAX_MANIFEST_BYTES, accept=INDEXES[0]))
    bundles = (() if listed is None else listed.manifests) or ()
    return [each for each in bundles if each.artifact_type in {None, "", _BUNDLE}][:MAX_BLOBS]


@dataclass(slots=True)
class _Reader:
    """Reads the layers of signature manifests, and each content once. `left` is how many bytes may still be kept."""

    access: RepositoryClient
    blobs: dict[str, bytes] = field(default_factory=dict)
    left: int = MAX_BYTES

    def layers(self, path: str, digest: str | None = None) -> Iterator[SignedStatement]:
        """Yield what the layers of the manifest at that path hold; nothing if it is absent."""
        response = self.access.send(self.access.url(path), _MAX_MANIFEST_BYTES, accept=_ACCEPT)
        listed = _listed(self.access, response)
        if listed is None:
            return
        if digest is not None:
            verify(response, digest)
        for layer in listed.layers or ():
            if layer.media_type in _READERS and (content := self._content(layer)) is not None:
                for statement in _READERS[layer.media_type](layer, content):
                    size = len(statement.signature)
                    if size <= MAX_SIGNATURE_BYTES and size + _STATEMENT_BYTES <= self.left:
                        self.left -= size + _STATEMENT_BYTES
                        yield statement

    def _content(self, layer: _Descriptor) -> bytes | None:
        if layer.digest in self.blobs:
            return self.blobs[layer.digest]
        limit = min(MAX_PAYLOAD_BYTES if layer.media_type == _PAYLOAD else MAX_BLOB_BYTES, self.left)
        if layer.size > limit or len(self.blobs) >= MAX_BLOBS:
            return None
        response = self.access.send(self.access.url(f"blobs/{layer.digest}"), limit)
        if response.status != _OK:
            raise self.access.refusal(response)
        verify(response, layer.digest)
        self.left -= len(response.body)
        return self.blobs.setdefault(layer.digest, response.body)


def _listed(access: RepositoryClient, response: Response) -> _Listed | None:
    if response.status in _ABSENT:
        return None
    if response.status != _OK:
        raise access.refusal(response)
    if response.body.count(b'"digest"') > MAX_STATEMENTS + 2:
        raise RequestError(
            f"{response.host} has more than {MAX_STATEMENTS} signatures of the image, which are not read",
            "delete those that nobody needs",
            Remedy.CHANGE,
        )
    return read_body(response, _Listed)


def _of_payload(layer: _Descriptor, content: bytes) -> Iterator[SignedStatement]:
    """Read the payload of cosign 2, whose signature is an annotation of its layer."""
    payload = _decoded(content, _Payload)
    signature = None if layer.annotations is None else _base64(layer.annotations.signature)
    if payload is not None and payload.critical.type == _CLAIM and signature is not None:
        yield SignedStatement(content, signature, _digests([payload.critical.image.docker_manifest_digest]), SIGNATURE)


def _base64(written: msgspec.Raw) -> bytes | None:
    try:
        return base64.b64decode(msgspec.json.decode(written, type=str), validate=True)
    except (msgspec.MsgspecError, binascii.Error, ValueError):
        return None


def _of_bundle(_layer: _Descriptor, content: bytes) -> Iterator[SignedStatement]:
    bundle = _decoded(content, _Bundle)
    if bundle is not None and bundle.dsse_envelope is not None:
        yield from _of(bundle.dsse_envelope)


def _of_envelope(_layer: _Descriptor, content: bytes) -> Iterator[SignedStatement]:
    envelope = _decoded(content, _Envelope)
    if envelope is not None:
        yield from _of(envelope)


def _of(envelope: _Envelope) -> Iterator[SignedStatement]:
    statement = _decoded(envelope.payload, _Statement) if envelope.payload_type == _IN_TOTO else None
    if statement is None:
        return
    digests = _digests(f"{name}:{value}" for each in statement.subject for name, value in each.digest.items())
    kind, body = envelope.payload_type.encode(), envelope.payload
    signed = b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(body), body)
    for each in envelope.signatures[:MAX_BLOBS]:
        yield SignedStatement(signed, each.sig, digests, statement.predicate_type)


def _digests(names: Iterable[str]) -> frozenset[str]:
    return frozenset(name for name in names if DIGEST.fullmatch(name))


_READERS: Final = {_PAYLOAD: _of_payload, _BUNDLE: _of_bundle, _ENVELOPE: _of_envelope}


def _decoded(content: bytes, kind: type[DecodedT]) -> DecodedT | None:
    try:
        return msgspec.json.decode(content, type=kind)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None
