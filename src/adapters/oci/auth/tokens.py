"""Bearer tokens: fetched from the token server of a registry, and cached until they expire.

Sources: https://distribution.github.io/distribution/spec/auth/token/ and, for identity tokens,
https://distribution.github.io/distribution/spec/auth/oauth/
"""

from __future__ import annotations

import base64
import re
import threading
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

import httpx

from watch_cluster.adapters.oci.http.bodies import IssuedToken, read_body
from watch_cluster.adapters.oci.http.errors import Remedy, RequestError, quote
from watch_cluster.adapters.oci.http.request import KIBIBYTE, Request, Response, origin
from watch_cluster.adapters.oci.http.timing import Timing
from watch_cluster.adapters.oci.retry.retrying_client import RetryingClient
from watch_cluster.domain.images.credential import Credential
from watch_cluster.tools.lru import Lru
from watch_cluster.tools.single_flight import SingleFlight

_MAX_BODY_BYTES: Final = 64 * KIBIBYTE
_MIN_LIFETIME_SECONDS: Final = 60
_MAX_LIFETIME_SECONDS: Final = 60 * 60
_MAX_CACHED: Final = 1000
_MAX_CACHED_BYTES: Final = 4 * 1024 * KIBIBYTE
_OK: Final = 200
_REFUSALS: Final = frozenset({401, 403})
# Servers reject a credential in many ways: OAuth 2 with 400 (RFC 6749, section 5.2), some with 404.
_CLIENT_ERRORS: Final = range(400, 500)
# Token servers that only support GET, with the identity token as the password, reject POST with these.
_NO_POST: Final = frozenset({404, 405})
_REFRESHING: Final = {"grant_type": "refresh_token", "client_id": "watch-cluster"}
_TOKEN: Final = re.compile(r"[\x21-\x7e]+", re.ASCII)


class CredentialRefused(Exception):  # noqa: N818 - never leaves the adapter
    """The token server issues no token for this credential; the message is its host and status."""


@dataclass(frozen=True, slots=True)
class TokenKey:
    """What a token is valid for; `registry` is the origin that required it, and the only one that gets it.

    Only queries with the same credential share a token.
    """

    registry: str
    realm: str
    service: str | None
    scope: str
    credential: Credential | None


@dataclass(frozen=True, slots=True)
class _CachedToken:
    token: str
    expires: float


def basic(username: str, password: str) -> str:
    """Return the value of `Authorization` for a user name and password (RFC 7617, in UTF-8)."""
    return "Basic " + base64.b64encode(f"{username}:{password}".encode()).decode("ascii")


class Tokens:
    """A cache of tokens, which evicts the least recently used ones. Thread-safe."""

    def __init__(self, client: RetryingClient, timing: Timing) -> None:
        self._client = client
        self._timing = timing
        self._lock = threading.Lock()
        self._cached: Lru[TokenKey, _CachedToken] = Lru(
            _MAX_CACHED, weigh=lambda cached: len(cached.token), max_weight=_MAX_CACHED_BYTES
        )
        self._flights: SingleFlight[TokenKey, str] = SingleFlight()

    def cached(self, key: TokenKey) -> str | None:
        """Return the cached token; None if there is none that is still valid."""
        with self._lock:
            cached = self._cached.get(key)
            if cached is not None and cached.expires > self._timing.monotonic():
                return cached.token
            self._cached.pop(key)
            return None

    def drop(self, key: TokenKey) -> None:
        """Drop a token that was rejected."""
        with self._lock:
            self._cached.pop(key)

    def issue(self, key: TokenKey, registry: httpx.URL) -> str:
        """Fetch a new token, sharing one request with concurrent callers.

        Raises `RequestError` or `CredentialRefused`.
        """
        return self._flights.run(key, lambda: self._fetch(key, registry))

    def _fetch(self, key: TokenKey, registry: httpx.URL) -> str:
        response = self._request(key, registry)
        received = self._timing.monotonic()
        refusals = _REFUSALS if key.credential is None else _CLIENT_ERRORS
        if response.status in refusals:
            raise CredentialRefused(f"its token server {response.host} answered {response.status}")
        if response.status != _OK:
            raise RequestError(
                f"the token server {response.host} answered {response.status}",
                "check that the image's registry is right, else its operator must fix it",
                Remedy.CHANGE,
            )
        issued = read_body(response, IssuedToken)
        token = issued.value
        if _TOKEN.fullmatch(token) is None:
            raise RequestError(
                f"the token server {response.host} answered without a usable token",
                "its operator must fix it",
                Remedy.CHANGE,
            )
        lifetime = min(max(issued.lifetime_seconds, _MIN_LIFETIME_SECONDS), _MAX_LIFETIME_SECONDS)
        with self._lock:
            self._cached.put(key, _CachedToken(token, received + lifetime))
        return token

    def _request(self, key: TokenKey, registry: httpx.URL) -> Response:
        parameters = {"scope": key.scope} if key.service is None else {"service": key.service, "scope": key.scope}
        try:
            realm = httpx.URL(key.realm).copy_with(fragment=None)
            # Merged: some realms have a query of their own.
            merged = realm.copy_merge_params(parameters)
        except (httpx.InvalidURL, ValueError) as error:
            raise RequestError(
                f"{registry.netloc.decode('ascii')} names the token server {quote(key.realm)}, which is no URL",
                "its operator must fix it",
                Remedy.CHANGE,
            ) from error
        credential = key.credential
        if credential is None:
            return self._client.send(Request(merged, registry, _MAX_BODY_BYTES))
        if credential.identity_token:
            form = urlencode({**_REFRESHING, **parameters, "refresh_token": credential.identity_token}).encode("ascii")
            response = self._client.send(Request(realm, registry, _MAX_BODY_BYTES, method="POST", form=form))
            if response.status not in _NO_POST:
                return response
        authorization = basic(credential.username, credential.identity_token or credential.password)
        return self._client.send(
            Request(merged, registry, _MAX_BODY_BYTES, authorizations={origin(merged): authorization})
        )
