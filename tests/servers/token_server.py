"""A token server that a real registry trusts: it knows people, and what each may read.

Source: https://distribution.github.io/distribution/spec/auth/jwt/
"""

from __future__ import annotations

import base64
import json
import time
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Final, Self
from urllib.parse import parse_qs

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256

from tests.servers.registry import RegistryServer, Reply, Seen, error_reply, json_reply

SERVICE: Final = "registry-of-the-tests"
ISSUER: Final = "tokens-of-the-tests"
_KEY_ID: Final = "only"
_LIFE_SECONDS: Final = 300


@dataclass
class TokenServer:
    """Gives who has the right password a token for what they may read, and others none.

    `passwords` are by user, `readers` by repository.
    """

    passwords: dict[str, str] = field(default_factory=dict)
    readers: dict[str, set[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._key: RSAPrivateKey = generate_private_key(public_exponent=65537, key_size=2048)
        self._server = RegistryServer({"/token": self._answer})

    @property
    def realm(self) -> str:
        return f"{self._server.url}/token"

    @property
    def seen(self) -> list[Seen]:
        return self._server.seen

    @property
    def trusted_keys(self) -> dict[str, Any]:
        """What its registry must know (RFC 7517)."""
        numbers = self._key.public_key().public_numbers()
        modulus, exponent = (_encode(each.to_bytes((each.bit_length() + 7) // 8)) for each in (numbers.n, numbers.e))
        return {"keys": [{"kty": "RSA", "kid": _KEY_ID, "alg": "RS256", "use": "sig", "n": modulus, "e": exponent}]}

    def __enter__(self) -> Self:
        self._server.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.__exit__(kind, error, trace)

    def _answer(self, seen: Seen) -> Reply:
        user = ""
        if seen.authorization is not None:
            user, _, password = base64.b64decode(seen.authorization.removeprefix("Basic ")).decode().partition(":")
            if self.passwords.get(user) != password:
                return error_reply(401, "UNAUTHORIZED")
        _kind, repository, _action = parse_qs(seen.query)["scope"][0].split(":")
        granted = ["pull"] if user in self.readers.get(repository, ()) else []
        return json_reply({"token": self._token(user, repository, granted), "expires_in": _LIFE_SECONDS})

    def _token(self, user: str, repository: str, granted: list[str]) -> str:
        now = int(time.time())
        access = [{"type": "repository", "name": repository, "actions": granted}]
        claims = {"iss": ISSUER, "aud": SERVICE, "sub": user, "nbf": now, "iat": now, "exp": now + _LIFE_SECONDS}
        head = {"typ": "JWT", "alg": "RS256", "kid": _KEY_ID}
        parts = (json.dumps(each).encode() for each in (head, {**claims, "access": access}))
        signed = ".".join(_encode(part) for part in parts)
        return f"{signed}.{_encode(self._key.sign(signed.encode(), PKCS1v15(), SHA256()))}"


def _encode(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")
