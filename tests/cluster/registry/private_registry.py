"""A registry over the images of the tests' registry that requires a login."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import httpx
import trustme

from tests.cluster.control_plane import ControlPlane
from tests.cluster.registry.registry_process import RegistryProcess
from tests.servers.token_server import ISSUER, SERVICE, TokenServer

# The only scheme that the registry takes is bcrypt, which no library of ours makes: `USERs-password` of each.
HTPASSWD: Final = (
    "alice:$2y$05$abcdefghijklmnopqrstuuJ2lkIzoKVNa5qijXg/vos5dzeqMCL2u\n"
    "bob:$2y$05$abcdefghijklmnopqrstuuL3m6bzPXAvw0rzAa2q53b3luIb0K7Ca\n"
)


class PrivateRegistry(RegistryProcess):
    """A registry that serves only users who log in, with TLS if it has a certificate."""

    def __init__(
        self, plane: ControlPlane, folder: Path, auth: dict[str, Any], certificate: trustme.LeafCert | None = None
    ) -> None:
        settings: dict[str, Any] = {"auth": auth}
        if certificate is not None:
            chain, key = folder / "registry.crt", folder / "registry.key"
            chain.write_bytes(b"".join(each.bytes() for each in certificate.cert_chain_pems))
            key.write_bytes(certificate.private_key_pem.bytes())
            settings["http"] = {"tls": {"certificate": str(chain), "key": str(key)}}
        super().__init__(plane, folder, "private-registry", settings, _requires_login)


def by_htpasswd(folder: Path) -> dict[str, Any]:
    """Let everybody in HTPASSWD read everything."""
    file = folder / "htpasswd"
    file.write_text(HTPASSWD)
    return {"htpasswd": {"realm": "tests", "path": str(file)}}


def by_tokens(tokens: TokenServer, folder: Path) -> dict[str, Any]:
    """Let the token server decide."""
    file = folder / "keys.json"
    file.write_text(json.dumps(tokens.trusted_keys))
    return {"token": {"realm": tokens.realm, "service": SERVICE, "issuer": ISSUER, "jwks": str(file)}}


def _requires_login(url: str) -> bool:
    try:
        # Whom its certificate is from is for the tests to check.
        return httpx.get(url, verify=False, trust_env=False).status_code == httpx.codes.UNAUTHORIZED  # noqa: S501
    except httpx.TransportError:
        return False
