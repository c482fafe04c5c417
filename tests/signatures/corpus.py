"""A registry with images that the real cosign has signed, from the files that `make` has written."""

from __future__ import annotations

import base64
import copy
import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from tests.servers.registry import RegistryServer, Reply, Seen, error_reply, json_reply

DATA: Final = Path(__file__).parent / "data"
REPOSITORY: Final = "team/shop"


def public_key(name: str) -> bytes:
    """Return the public key of `team`, `former` or `stranger`."""
    return (DATA / f"{name}.pub").read_bytes()


@dataclass
class Corpus:
    """What the registry holds, to be changed by a test. `referrers` is whether it has the referrers API."""

    manifests: dict[str, dict[str, str]]
    blobs: dict[str, bytes]
    referrers: bool = False
    requests: list[str] = field(default_factory=list)
    away: bool = False

    @classmethod
    def load(cls) -> Corpus:
        """Read the files."""
        read: dict[str, Any] = json.loads((DATA / "registry.json").read_text())
        blobs = {digest: base64.b64decode(content) for digest, content in read["blobs"].items()}
        return cls(copy.deepcopy(read["manifests"]), blobs)

    def digest(self, tag: str) -> str:
        """Return the digest of the image with that tag."""
        return self.manifests[tag]["is"]

    def signatures_of(self, tag: str, kind: str = "sig") -> dict[str, Any]:
        """Return the manifest of signatures, or the list of bundles, of the image with that tag."""
        read: dict[str, Any] = json.loads(self._manifest(self._signature_tag(tag, kind))["body"])
        return read

    def set_signatures(self, tag: str, manifest: dict[str, Any], kind: str = "sig", *, of: str | None = None) -> None:
        """Put another manifest of signatures in its place."""
        body = json.dumps(manifest)
        digest = f"sha256:{hashlib.sha256(body.encode()).hexdigest()}"
        name = self._signature_tag(tag, kind)
        self.manifests[digest] = {"type": self._manifest(self._signature_tag(of or tag, kind))["type"], "body": body}
        self.manifests[name] = {"is": digest}

    def add_blob(self, content: bytes) -> dict[str, Any]:
        """Add a content; return its digest and size."""
        digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
        self.blobs[digest] = content
        return {"digest": digest, "size": len(content)}

    def bundle_of(self, tag: str) -> dict[str, Any]:
        """Return the first bundle of an image that cosign 3 has signed."""
        [listed, *_] = self.signatures_of(tag, "")["manifests"]
        layer = json.loads(self.manifests[listed["digest"]]["body"])["layers"][0]
        bundle: dict[str, Any] = json.loads(self.blobs[layer["digest"]])
        return bundle

    def set_bundle(self, tag: str, bundle: bytes) -> None:
        """Make this the only bundle of the image."""
        listing = self.signatures_of(tag, "")
        listed = listing["manifests"][0]
        manifest = json.loads(self.manifests[listed["digest"]]["body"])
        manifest["layers"] = [manifest["layers"][0] | self.add_blob(bundle)]
        body = json.dumps(manifest)
        listed["digest"] = f"sha256:{hashlib.sha256(body.encode()).hexdigest()}"
        self.manifests[listed["digest"]] = {"type": listed["mediaType"], "body": body}
        self.set_signatures(tag, listing | {"manifests": [listed]}, "")

    def answer(self, seen: Seen) -> Reply:
        """Answer a request as a registry does."""
        rest = seen.path.removeprefix(f"/v2/{REPOSITORY}/")
        self.requests.append(rest)
        kind, _, reference = rest.partition("/")
        if self.away:
            return error_reply(503, "UNAVAILABLE")
        if kind == "blobs" and reference in self.blobs:
            return Reply(200, self.blobs[reference])
        if kind == "manifests" and reference in self.manifests:
            found = self._manifest(reference)
            return Reply(200, found["body"].encode(), (("Content-Type", found["type"]),))
        if kind == "referrers" and self.referrers:
            tag = reference.replace(":", "-")
            known = tag in self.manifests
            return json_reply(json.loads(self._manifest(tag)["body"]) if known else {"manifests": []})
        if kind == "tags":
            return json_reply({"name": REPOSITORY, "tags": [tag for tag in self.manifests if ":" not in tag]})
        return error_reply(404, "MANIFEST_UNKNOWN")

    def _manifest(self, reference: str) -> dict[str, str]:
        found = self.manifests[reference]
        return self.manifests[found["is"]] if "is" in found else found

    def _signature_tag(self, tag: str, kind: str) -> str:
        name = self.digest(tag).replace(":", "-")
        return f"{name}.{kind}" if kind else name


class CorpusServer(RegistryServer):
    """Serves a corpus."""

    def __init__(self, corpus: Corpus) -> None:
        super().__init__()
        self._corpus = corpus

    def reply_to(self, seen: Seen) -> Reply:
        return self._corpus.answer(seen)
