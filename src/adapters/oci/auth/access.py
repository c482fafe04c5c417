"""Sends the requests for one repository with one credential, and authenticates when the registry asks for it."""

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
from watch_cluster.adapters.oci.http.exchange import JSON, KIBIBYTE, Method, Request, Response, origin, same_origin
from watch_cluster.adapters.oci.retry.retrying_client import RetryingClient
from watch_cluster.application.ports.registry.image_registry import (
    RegistryError,
    RegistryUnauthorized,
)
from watch_cluster.domain.images.credential import Credential
from watch_cluster.domain.images.reference import Repository

_UNAUTHORISED: Final = 401
_HIDING: Final = frozenset({403, 404})
_REFUSING: Final = frozenset({400, 403})
_LARGEST_PING: Final = 64 * KIBIBYTE
_BASIC: Final = "Basic"
_MOST_PROOFS: Final = 4
"""How often one request may authenticate anew, each time for another scope or host."""


class RepositoryClient:
    """A client for one repository with one credential (None: anonymous), for one query of the port.

    `image` is what the query is about, `:tag` or `@digest`, and empty for the repository as a whole. `subject` names
    both to a person. `recognized` is whether a registry answered, told by an error code or a challenge for a token.
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
        self._authorization: str | None = None
        self._elsewhere: dict[str, str] = {}
        self._actions: set[str] = set()
        self._authenticated_unasked = False
        self._kept: TokenKey | None = None
        self.recognized = False

    def url(self, rest: str) -> httpx.URL:
        """Return the URL of what the repository has, such as its `tags/list`."""
        return self.registry.copy_with(path=f"/v2/{self._repository.path}/{rest}")

    def send(self, url: httpx.URL, largest: int, method: Method = "GET", accept: str = JSON) -> Response:
        """Send a request and give its response, which has any status but 401.

        A refused token is replaced once, since it may have expired. Raises `RegistryUnauthorized` or `RequestError`,
        the latter at once while the client backs off from the host.
        """
        key = (self.registry.netloc.decode("ascii"), self._credential)
        self._client.backoff.check(key, self._client.timing.now())
        try:
            return self._send(url, largest, method, accept)
        except RequestError as fault:
            pause = self._client.backoff.after(key, fault, self._client.timing.now())
            if pause is None:
                raise
            raise pause from fault

    def _send(self, url: httpx.URL, largest: int, method: Method, accept: str) -> Response:
        attempted: set[Hashable] = set()
        while True:
            authorization, elsewhere = self._authorization, dict(self._elsewhere)
            request = Request(url, self.registry, largest, authorization, method, accept, elsewhere=elsewhere)
            response = self._client.send(request)
            if response.status in _HIDING and self._may_authenticate_unasked(response):
                self._authenticated_unasked = True
                if not self._authenticate_unasked():
                    return response
            elif response.status in _REFUSING and self._drop_kept_token(response):
                continue
            elif response.status == _UNAUTHORISED:
                self._authenticate(response, attempted)
            else:
                return response

    def _drop_kept_token(self, response: Response) -> bool:
        """Discard a token that was issued for an earlier query; False if there is none.

        ECR Public refuses one that has ended with 400 and no challenge.
        """
        kept, self._kept = self._kept, None
        if kept is None or not same_origin(response.url, self.registry):
            return False
        self._tokens.drop(kept)
        self._authorization = None
        return True

    def _may_authenticate_unasked(self, response: Response) -> bool:
        """Whether a response may come of a request without the credential, which was never asked for."""
        known = self._credential is not None and self._authorization is None
        return known and not self._authenticated_unasked and same_origin(response.url, self.registry)

    def _authenticate_unasked(self) -> bool:
        """Authenticate to a registry that hides private repositories without a challenge; False if that is impossible.

        The challenge at `/v2/` counts; without one, the user name and password are sent.
        """
        ping = self._client.send(Request(self.registry.copy_with(path="/v2/"), self.registry, _LARGEST_PING))
        if ping.status == _UNAUTHORISED:
            try:
                self._authenticate(ping, set())
            except RegistryUnauthorized:
                return False
            return True
        if self._credential is None or not self._credential.password:
            return False
        self._authorization = basic(self._credential.username, self._credential.password)
        return True

    def refusal(self, response: Response) -> RegistryError:
        """Say what a response without success means."""
        self.recognized |= error_code(response) is not None
        own = same_origin(response.url, self.registry)
        shown = own and self._authorization is not None
        return refusal_error(
            response,
            self.subject,
            credential=self._credential if own else None,
            shown=shown,
            of_image=bool(self._image),
        )

    def _authenticate(self, response: Response, attempted: set[Hashable]) -> None:
        """Answer a challenge; `attempted` holds what this request has tried already."""
        own = same_origin(response.url, self.registry)
        # Who was redirected to must not learn, by a challenge of its own, what is meant for the registry.
        credential = self._credential if own else None
        offered = parse_challenges(response.headers.get_list("www-authenticate"))
        # Of several challenges with one scheme the first counts.
        challenges = {challenge.scheme: challenge for challenge in reversed(offered)}
        bearer = challenges.get("bearer")
        if bearer is not None and "realm" in bearer.parameters:
            self._take_token(response, bearer, credential, attempted)
        elif "basic" in challenges and credential is not None and _BASIC not in attempted:
            if not credential.password:
                raise RegistryUnauthorized(
                    f"{self.subject}: {response.host} requires a user name and a password, and the pull credentials"
                    " have only an identity token: log in there with a password or an access token"
                )
            self._authorization = basic(credential.username, credential.password)
            attempted.add(_BASIC)
        else:
            raise self.refusal(response)

    def _take_token(
        self, response: Response, bearer: Challenge, credential: Credential | None, attempted: set[Hashable]
    ) -> None:
        self.recognized = True
        parameters = bearer.parameters
        where = origin(response.url)
        path = self._repository.path if same_origin(response.url, self.registry) else repository_of(response.url)
        self._actions |= read_actions(parameters.get("scope", ""), path)
        # Built by us: some registries challenge with a placeholder for the scope, or with the right to write.
        scope = f"repository:{path}:{','.join(('pull', *sorted(self._actions)))}"
        key = TokenKey(where, parameters["realm"], parameters.get("service"), scope, credential)
        if (where, scope) in attempted or len(attempted) >= _MOST_PROOFS:
            raise self.refusal(response)
        kept = self._tokens.kept(key)
        if kept is not None and self._authorization_for(response.url) != f"Bearer {kept}":
            self._set_authorization(response.url, f"Bearer {kept}")
            self._kept = key
            return
        self._kept = None
        attempted.add((where, scope))
        try:
            self._set_authorization(response.url, f"Bearer {self._tokens.issue(key, self.registry)}")
        except CredentialRefused as error:
            raise RegistryUnauthorized(
                f"{self.subject}: {response.host} answered 401 and {error} to {requester(credential)}: check the"
                " image's name and its pull credentials"
            ) from error

    def _authorization_for(self, url: httpx.URL) -> str | None:
        return self._authorization if same_origin(url, self.registry) else self._elsewhere.get(origin(url))

    def _set_authorization(self, url: httpx.URL, authorization: str) -> None:
        if same_origin(url, self.registry):
            self._authorization = authorization
        else:
            self._elsewhere[origin(url)] = authorization
