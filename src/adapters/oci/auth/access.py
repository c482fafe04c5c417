"""Sends the requests about one repository with one credential, and authenticates when the registry requires it."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Final

import httpx

from watch_cluster.adapters.oci.auth.challenge import Challenge, parse_challenges
from watch_cluster.adapters.oci.auth.refusals import refusal_error, requester
from watch_cluster.adapters.oci.auth.scopes import read_actions, repository_of
from watch_cluster.adapters.oci.auth.tokens import CredentialRefused, TokenKey, Tokens, basic
from watch_cluster.adapters.oci.http.bodies import error_code
from watch_cluster.adapters.oci.http.errors import RequestError
from watch_cluster.adapters.oci.http.request import JSON, KIBIBYTE, Method, Request, Response, origin, same_origin
from watch_cluster.adapters.oci.retry.retrying_client import RetryingClient
from watch_cluster.application.ports.registry.image_registry import (
    RegistryError,
    RegistryUnauthorized,
)
from watch_cluster.domain.images.credential import Credential
from watch_cluster.domain.images.reference import Repository

_UNAUTHORIZED: Final = 401
_HIDING: Final = frozenset({403, 404})
"""Some registries answer anonymous requests for private repositories with these."""
_REJECTED_TOKEN: Final = frozenset({400, 403})
_MAX_PING_BYTES: Final = 64 * KIBIBYTE
_BASIC: Final = "Basic"
_MAX_AUTHENTICATIONS: Final = 4
"""How often one request may authenticate again, each time for another scope or origin."""


class RepositoryClient:
    """A client for one repository with one credential (None: anonymous), for one query of the port.

    `image` is `:tag` or `@digest`, and empty for a query about the repository as a whole. `subject` is the repository
    with the image, for messages. `recognized` is whether the host proved to be a registry, by an error code or a
    challenge for a token.
    """

    def __init__(
        self,
        registry: httpx.URL,
        repository: Repository,
        image: str,
        credential: Credential | None,
        client: RetryingClient,
        tokens: Tokens,
    ) -> None:
        self.subject: Final = f"{repository}{image}"
        self.registry: Final = registry
        self._repository = repository
        self._image = image
        self._credential = credential
        self._client = client
        self._tokens = tokens
        self._authorizations: dict[str, str] = {}
        """The value of `Authorization` for each origin."""
        self._actions: set[str] = set()
        self._tried_without_challenge = False
        self._reused: TokenKey | None = None
        """The cached token in use, which may have expired."""
        self.recognized = False

    def url(self, rest: str) -> httpx.URL:
        """Return the URL of a resource of the repository, such as `tags/list`."""
        return self.registry.copy_with(path=f"/v2/{self._repository.path}/{rest}")

    def send(self, url: httpx.URL, max_bytes: int, method: Method = "GET", accept: str = JSON) -> Response:
        """Send a request and return its response, with any status but 401.

        A rejected token is replaced once, since it may have expired. Raises `RegistryUnauthorized` or `RequestError`,
        the latter at once while the client backs off from the host.
        """
        key = (self.registry.netloc.decode("ascii"), self._credential)
        self._client.backoff.check(key, self._client.timing.now())
        try:
            return self._send(url, max_bytes, method, accept)
        except RequestError as error:
            pause = self._client.backoff.after(key, error, self._client.timing.now())
            if pause is None:
                raise
            raise pause from error

    def _send(self, url: httpx.URL, max_bytes: int, method: Method, accept: str) -> Response:
        attempted: set[Hashable] = set()
        while True:
            request = Request(url, self.registry, max_bytes, method, accept, dict(self._authorizations))
            response = self._client.send(request)
            if response.status in _HIDING and self._may_authenticate_without_challenge(response):
                self._tried_without_challenge = True
                if not self._authenticate_without_challenge():
                    return response
            elif response.status in _REJECTED_TOKEN and self._drop_reused_token(response):
                continue
            elif response.status == _UNAUTHORIZED:
                self._authenticate(response, attempted)
            else:
                return response

    def _drop_reused_token(self, response: Response) -> bool:
        """Discard a token that was issued for an earlier query; False if there is none.

        ECR Public rejects an expired token with 400 and no challenge.
        """
        reused, self._reused = self._reused, None
        if reused is None or not same_origin(response.url, self.registry):
            return False
        self._tokens.drop(reused)
        self._authorizations.pop(origin(self.registry), None)
        return True

    def _may_authenticate_without_challenge(self, response: Response) -> bool:
        """Whether the cause of the response may be that the credential was not sent, as there was no challenge."""
        unused = self._credential is not None and origin(self.registry) not in self._authorizations
        return unused and not self._tried_without_challenge and same_origin(response.url, self.registry)

    def _authenticate_without_challenge(self) -> bool:
        """Authenticate to a registry that hides private repositories without a challenge; False if that is impossible.

        If `/v2/` has a challenge, that is used; otherwise, the user name and password are sent.
        """
        ping = self._client.send(Request(self.registry.copy_with(path="/v2/"), self.registry, _MAX_PING_BYTES))
        if ping.status == _UNAUTHORIZED:
            try:
                self._authenticate(ping, set())
            except RegistryUnauthorized:
                return False
            return True
        if self._credential is None or not self._credential.password:
            return False
        self._authorizations[origin(self.registry)] = basic(self._credential.username, self._credential.password)
        return True

    def refusal(self, response: Response) -> RegistryError:
        """Return the error for a response without success."""
        self.recognized |= error_code(response) is not None
        own = same_origin(response.url, self.registry)
        sent = own and origin(self.registry) in self._authorizations
        return refusal_error(
            response,
            self.subject,
            credential=self._credential if own else None,
            sent=sent,
            of_image=bool(self._image),
        )

    def _authenticate(self, response: Response, attempted: set[Hashable]) -> None:
        """Authenticate as the challenge requires; `attempted` is what this request has tried already."""
        own = same_origin(response.url, self.registry)
        # A host that we were redirected to must not get the registry's credential by a challenge of its own.
        credential = self._credential if own else None
        offered = parse_challenges(response.headers.get_list("www-authenticate"))
        # Of several challenges with the same scheme, the first counts.
        challenges = {challenge.scheme: challenge for challenge in reversed(offered)}
        bearer = challenges.get("bearer")
        if bearer is not None and "realm" in bearer.parameters:
            self._use_token(response, bearer, credential, attempted)
        elif "basic" in challenges and credential is not None and _BASIC not in attempted:
            if not credential.password:
                raise RegistryUnauthorized(
                    f"{self.subject}: {response.host} requires a user name and a password, and the pull credentials"
                    " have only an identity token: log in there with a password or an access token"
                )
            self._authorizations[origin(response.url)] = basic(credential.username, credential.password)
            attempted.add(_BASIC)
        else:
            raise self.refusal(response)

    def _use_token(
        self, response: Response, bearer: Challenge, credential: Credential | None, attempted: set[Hashable]
    ) -> None:
        self.recognized = True
        parameters = bearer.parameters
        where = origin(response.url)
        path = self._repository.path if same_origin(response.url, self.registry) else repository_of(response.url)
        self._actions |= read_actions(parameters.get("scope", ""), path)
        # Not the scope of the challenge: some registries put a placeholder there, or the right to write.
        scope = f"repository:{path}:{','.join(('pull', *sorted(self._actions)))}"
        key = TokenKey(where, parameters["realm"], parameters.get("service"), scope, credential)
        if (where, scope) in attempted or len(attempted) >= _MAX_AUTHENTICATIONS:
            raise self.refusal(response)
        cached = self._tokens.cached(key)
        if cached is not None and self._authorizations.get(where) != f"Bearer {cached}":
            self._authorizations[where] = f"Bearer {cached}"
            self._reused = key
            return
        self._reused = None
        attempted.add((where, scope))
        try:
            self._authorizations[where] = f"Bearer {self._tokens.issue(key, self.registry)}"
        except CredentialRefused as error:
            raise RegistryUnauthorized(
                f"{self.subject}: {response.host} answered 401 and {error} to {requester(credential)}: check the"
                " image's name and its pull credentials"
            ) from error
