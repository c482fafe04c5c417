"""A second door to the images of the tests' registry, at which people have to say who they are."""

from __future__ import annotations

import json
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import httpx
import trustme
import yaml

from tests.cluster.control_plane import ControlPlane
from tests.cluster.processes import Server, free_port
from tests.servers.token_server import ISSUER, SERVICE, TokenServer

# The only scheme that the registry takes is bcrypt, which no library of ours makes: `USERs-password` of each.
HTPASSWD: Final = (
    "alice:$2y$05$abcdefghijklmnopqrstuuJ2lkIzoKVNa5qijXg/vos5dzeqMCL2u\n"
    "bob:$2y$05$abcdefghijklmnopqrstuuL3m6bzPXAvw0rzAa2q53b3luIb0K7Ca\n"
)


class PrivateRegistry:
    """A registry process of its own over the images that were pushed to the control plane's."""

    def __init__(
        self, plane: ControlPlane, folder: Path, auth: dict[str, Any], certificate: trustme.LeafCert | None = None
    ) -> None:
        port = free_port()
        self.host = f"127.0.0.1:{port}"
        self.port = port
        scheme = "http" if certificate is None else "https"
        document: dict[str, Any] = {
            "version": "0.1",
            "log": {"level": "error", "accesslog": {"disabled": True}},
            "storage": {"filesystem": {"rootdirectory": str(plane.images)}},
            "http": {"addr": self.host},
            "auth": auth,
        }
        if certificate is not None:
            chain, key = folder / "registry.crt", folder / "registry.key"
            chain.write_bytes(b"".join(each.bytes() for each in certificate.cert_chain_pems))
            key.write_bytes(certificate.private_key_pem.bytes())
            document["http"]["tls"] = {"certificate": str(chain), "key": str(key)}
        configuration = folder / "private-registry.yaml"
        configuration.write_text(yaml.safe_dump(document))
        self._server = Server(
            "private-registry",
            plane.registry_command(configuration),
            folder,
            lambda: _wants_a_login(f"{scheme}://{self.host}/v2/"),
        )

    def __enter__(self) -> Self:
        self._server.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.stop()


def by_htpasswd(folder: Path) -> dict[str, Any]:
    """Have everybody in HTPASSWD read everything."""
    file = folder / "htpasswd"
    file.write_text(HTPASSWD)
    return {"htpasswd": {"realm": "tests", "path": str(file)}}


def by_tokens(tokens: TokenServer, folder: Path) -> dict[str, Any]:
    """Have the token server decide."""
    file = folder / "keys.json"
    file.write_text(json.dumps(tokens.trusted_keys))
    return {"token": {"realm": tokens.realm, "service": SERVICE, "issuer": ISSUER, "jwks": str(file)}}


def _wants_a_login(url: str) -> bool:
    try:
        # Whom its certificate is from is for the tests to check.
        return httpx.get(url, verify=False, trust_env=False).status_code == httpx.codes.UNAUTHORIZED  # noqa: S501
    except httpx.TransportError:
        return False
