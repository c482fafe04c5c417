"""A registry in this process, for the real registry client."""

from __future__ import annotations

import hashlib
import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Final

_MANIFEST: Final = "application/vnd.oci.image.manifest.v1+json"


def config_of(content: str) -> bytes:
    """Return the configuration of an image with this content."""
    return json.dumps({"os": "linux", "architecture": "amd64", "config": {"Labels": {"content": content}}}).encode()


def manifest_of(content: str) -> bytes:
    """Return the manifest of an image with this content."""
    config = digest_of(config_of(content))
    return json.dumps({"schemaVersion": 2, "mediaType": _MANIFEST, "config": {"digest": config}}).encode()


def digest_of(blob: bytes) -> str:
    """Return the digest of the bytes."""
    return f"sha256:{hashlib.sha256(blob).hexdigest()}"


class EmbeddedRegistry:
    """Serves the read-only part of the OCI distribution protocol on a free loopback port."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._manifests: dict[tuple[str, str], bytes] = {}
        self._blobs: dict[tuple[str, str], bytes] = {}
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.host = f"127.0.0.1:{self._server.server_address[1]}"
        self._thread = Thread(target=self._server.serve_forever, name="registry", daemon=True)
        self._thread.start()

    def push(self, repository: str, tag: str, content: str) -> None:
        """Store an image with this content under the tag and its digest."""
        manifest, config = manifest_of(content), config_of(content)
        with self._lock:
            self._blobs[repository, digest_of(config)] = config
            self._manifests[repository, tag] = manifest
            self._manifests[repository, digest_of(manifest)] = manifest

    def digest(self, repository: str, tag: str) -> str | None:
        """Return the digest of the tag, None if there is no such tag."""
        body = self.manifest(repository, tag)
        return None if body is None else digest_of(body)

    def tags(self, repository: str) -> list[str]:
        """Return the tags of the repository."""
        with self._lock:
            return sorted(name for stored, name in self._manifests if stored == repository and ":" not in name)

    def manifest(self, repository: str, name: str) -> bytes | None:
        """Return the manifest of a tag or digest, None if there is none."""
        with self._lock:
            return self._manifests.get((repository, name))

    def _blob(self, repository: str, digest: str) -> bytes | None:
        with self._lock:
            return self._blobs.get((repository, digest))

    def close(self) -> None:
        """Stop the server."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _respond(self, path: str) -> tuple[int, bytes, dict[str, str]]:
        repository, _, name = path.removeprefix("/v2/").partition("/tags/list")
        if path.endswith("/tags/list"):
            tags = self.tags(repository)
            status = 200 if tags else 404
            return status, json.dumps({"name": repository, "tags": tags}).encode(), {"Content-Type": "application/json"}
        repository, blobs, name = path.removeprefix("/v2/").rpartition("/blobs/")
        if blobs:
            blob = self._blob(repository, name)
            return (404, b"{}", {}) if blob is None else (200, blob, {"Content-Type": "application/octet-stream"})
        repository, _, name = path.removeprefix("/v2/").rpartition("/manifests/")
        body = self.manifest(repository, name)
        if body is None:
            return 404, b"{}", {}
        return 200, body, {"Content-Type": _MANIFEST, "Docker-Content-Digest": digest_of(body)}

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        registry = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def _serve(self) -> None:
                status, body, headers = registry._respond(self.path.partition("?")[0])
                self.send_response(status)
                for name, value in {**headers, "Content-Length": str(len(body))}.items():
                    self.send_header(name, value)
                self.end_headers()
                if self.command == "GET":
                    self.wfile.write(body)

            do_GET = do_HEAD = _serve  # noqa: N815 - names of the library

            def log_message(self, *_: object) -> None:
                """Do not log requests."""

        return Handler
