"""A registry in this process, for the real registry client."""

from __future__ import annotations

import hashlib
import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Final

_MANIFEST: Final = "application/vnd.oci.image.manifest.v1+json"


def manifest_of(content: str) -> bytes:
    """Return the manifest of an image with this content."""
    config = digest_of(content.encode())
    return json.dumps({"schemaVersion": 2, "mediaType": _MANIFEST, "config": {"digest": config}}).encode()


def digest_of(blob: bytes) -> str:
    """Return the digest of the bytes."""
    return f"sha256:{hashlib.sha256(blob).hexdigest()}"


class EmbeddedRegistry:
    """Serves the read-only part of the OCI distribution protocol on a free loopback port."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._manifests: dict[tuple[str, str], bytes] = {}
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.host = f"127.0.0.1:{self._server.server_address[1]}"
        self._thread = Thread(target=self._server.serve_forever, name="registry", daemon=True)
        self._thread.start()

    def push(self, repository: str, tag: str, manifest: bytes) -> None:
        """Store the manifest under the tag and its digest."""
        with self._lock:
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
