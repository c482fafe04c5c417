"""How a request proves that it comes from somebody who knows the secret; every comparison takes constant time."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class HookRequest:
    """A request to a hook. `headers` have lower-case names; `token` is that of the query, empty without one."""

    source: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    token: str = field(default="", repr=False)


Proof = Callable[[HookRequest, str], bool]
"""Whether the request proves that its sender knows the secret."""


def authorization(request: HookRequest, secret: str) -> bool:
    """The secret is the `Authorization` header, alone or as a Bearer token."""
    value = request.headers.get("authorization", "")
    scheme, _, token = value.partition(" ")
    return _same(token.strip() if scheme.lower() == "bearer" else value, secret)


def token_in_query(request: HookRequest, secret: str) -> bool:
    """The secret is `token` in the query: for senders that can neither sign nor send a header."""
    return _same(request.token, secret)


def header(name: str) -> Proof:
    """The secret is that header."""

    def proof(request: HookRequest, secret: str) -> bool:
        return _same(request.headers.get(name, ""), secret)

    return proof


def signature(name: str, prefix: str = "") -> Proof:
    """The header is the HMAC-SHA256 of the body, in hexadecimal digits after a prefix."""

    def proof(request: HookRequest, secret: str) -> bool:
        expected = hmac.new(secret.encode(), request.body, hashlib.sha256).hexdigest()
        return _same(request.headers.get(name, ""), f"{prefix}{expected}")

    return proof


def any_of(*proofs: Proof) -> Proof:
    """One of these proofs is enough."""
    return lambda request, secret: any(proof(request, secret) for proof in proofs)


def _same(given: str, expected: str) -> bool:
    # Headers are decoded as ISO 8859-1, and a str with other than ASCII characters cannot be compared.
    return hmac.compare_digest(given.encode("utf-8", "surrogateescape"), expected.encode("utf-8", "surrogateescape"))
