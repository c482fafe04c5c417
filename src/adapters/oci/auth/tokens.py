"""Bearer tokens: fetched from the server that a registry names, kept until they end, one request for each at a time.

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
from watch_cluster.adapters.oci.http.exchange import KIBIBYTE, Request, Response
from watch_cluster.adapters.oci.http.timing import Timing
from watch_cluster.adapters.oci.retry.retrying_client import RetryingClient
from watch_cluster.domain.images.credential import Credential
from watch_cluster.tools.lru import Lru
from watch_cluster.tools.single_flight import SingleFlight

_LARGEST_BODY: Final = 64 * KIBIBYTE
_SHORTEST_LIFE_SECONDS: Final = 60
_LONGEST_LIFE_SECONDS: Final = 60 * 60
_MOST_KEPT: Final = 1000
_MOST_KEPT_BYTES: Final = 4 * 1024 * KIBIBYTE
_OK: Final = 200
_REFUSALS: Final = frozenset({401, 403})
# Servers refuse a credential in many ways: with 400 those of OAuth 2 (RFC 6749, section 5.2), some with 404.
_CLIENT_ERRORS: Final = range(400, 500)
# How token servers say that they know only GET, where an identity token goes as a password does.
_NO_POST: Final = frozenset({404, 405})
_REFRESHING: Final = {"grant_type": "refresh_token", "client_id": "watch-cluster"}
_TOKEN: Final = re.compile(r"[\x21-\x7e]+", re.ASCII)


class CredentialRefused(Exception):  # noqa: N818 - never leaves the adapter
    """The token server gives no token for this credential; the message says who answered what."""


@dataclass(frozen=True, slots=True)
class TokenKey:
    """What a token is good for, `registry` being the origin that challenged for it.

    Whoever has the same user name and password may share it, nobody else, and no other registry gets to see it.
    """

    registry: str
    realm: str
    service: str | None
    scope: str
    credential: Credential | None


@dataclass(frozen=True, slots=True)
class _Kept:
    token: str
    expires: float


def basic(username: str, password: str) -> str:
    """Return the value of `Authorization` for a user name and password (RFC 7617, in UTF-8)."""
    return "Basic " + base64.b64encode(f"{username}:{password}".encode()).decode("ascii")


class Tokens:
    """The tokens at hand, the longest unused ones dropped when there are too many."""

    def __init__(self, client: RetryingClient, timing: Timing) -> None:
        self._client = client
        self._timing = timing
        self._lock = threading.Lock()
        self._kept: Lru[TokenKey, _Kept] = Lru(
            _MOST_KEPT, weigh=lambda kept: len(kept.token), max_weight=_MOST_KEPT_BYTES
        )
        self._flights: SingleFlight[TokenKey, str] = SingleFlight()

    def kept(self, key: TokenKey) -> str | None:
        """Return the token that was issued before and has not ended, None if there is none."""
        with self._lock:
            kept = self._kept.get(key)
            if kept is not None and kept.expires > self._timing.monotonic():
                return kept.token
            self._kept.pop(key)
            return None

    def drop(self, key: TokenKey) -> None:
        """Forget a token that was refused."""
        with self._lock:
            self._kept.pop(key)

    def issue(self, key: TokenKey, registry: httpx.URL) -> str:
        """Fetch a new token, sharing one request with concurrent callers.

        Raises `RequestError` or `CredentialRefused`.
        """
        return self._flights.run(key, lambda: self._fetch(key, registry))

    def _fetch(self, key: TokenKey, registry: httpx.URL) -> str:
        response = self._ask(key, registry)
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
        life = min(max(issued.life_seconds, _SHORTEST_LIFE_SECONDS), _LONGEST_LIFE_SECONDS)
        with self._lock:
            self._kept.put(key, _Kept(token, received + life))
        return token

    def _ask(self, key: TokenKey, registry: httpx.URL) -> Response:
        wanted = {"scope": key.scope} if key.service is None else {"service": key.service, "scope": key.scope}
        try:
            realm = httpx.URL(key.realm).copy_with(fragment=None)
            # Merged: some realms have a query of their own.
            merged = realm.copy_merge_params(wanted)
        except (httpx.InvalidURL, ValueError) as error:
            raise RequestError(
                f"{registry.netloc.decode('ascii')} names the token server {quote(key.realm)}, which is no URL",
                "its operator must fix it",
                Remedy.CHANGE,
            ) from error
        credential = key.credential
        if credential is None:
            return self._client.send(Request(merged, registry, _LARGEST_BODY))
        if credential.identity_token:
            form = urlencode({**_REFRESHING, **wanted, "refresh_token": credential.identity_token}).encode("ascii")
            response = self._client.send(Request(realm, registry, _LARGEST_BODY, method="POST", form=form))
            if response.status not in _NO_POST:
                return response
        authorization = basic(credential.username, credential.identity_token or credential.password)
        return self._client.send(Request(merged, registry, _LARGEST_BODY, authorization))
