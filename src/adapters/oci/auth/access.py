"""Asks a registry's questions in one person's name, and proves who that is when the registry wants to know."""

from __future__ import annotations

from typing import Final

import httpx

from watch_cluster.adapters.oci.api.bodies import error_code
from watch_cluster.adapters.oci.auth.challenge import Challenge, parse_challenges
from watch_cluster.adapters.oci.auth.tokens import CredentialRefused, TokenKey, Tokens, basic
from watch_cluster.adapters.oci.http.errors import Fault
from watch_cluster.adapters.oci.http.exchange import JSON, Answer, Method, Question, same_origin
from watch_cluster.adapters.oci.retry.retrying_client import PatientExchanger
from watch_cluster.application.ports.image_registry import (
    RegistryError,
    RegistryRefused,
    RegistryUnauthorized,
    RepositoryNotFound,
)
from watch_cluster.domain.images.credential import Credential
from watch_cluster.domain.images.reference import Repository

_UNAUTHORISED: Final = 401
_FORBIDDEN: Final = 403
_NOT_FOUND: Final = 404


class Access:
    """One credential's (None: anybody's) access to one repository, for as long as one question of the port lasts.

    `image` is what is asked about, `:tag` or `@digest`, and empty for the repository as a whole. `subject` names both
    to a person.
    """

    def __init__(
        self,
        registry: httpx.URL,
        repository: Repository,
        image: str,
        credential: Credential | None,
        exchanger: PatientExchanger,
        tokens: Tokens,
    ) -> None:
        self.subject: Final = f"{repository}{image}"
        self._registry = registry
        self._repository = repository
        self._image = image
        self._credential = credential
        self._exchanger = exchanger
        self._tokens = tokens
        self._authorisation: str | None = None

    def url(self, rest: str) -> httpx.URL:
        """Give the URL of what the repository has, such as its `tags/list`."""
        return self._registry.copy_with(path=f"/v2/{self._repository.path}/{rest}")

    def ask(self, url: httpx.URL, largest: int, method: Method = "GET", accept: str = JSON) -> Answer:
        """Give the registry's answer, of whatever status but 401.

        A refused token is replaced once, since it may have ended. Raises `RegistryUnauthorized` or `Fault`, the latter
        without asking while the registry is left alone because of earlier questions.
        """
        asker = (self._repository, self._credential)
        self._exchanger.rests.check(asker, self._exchanger.timing.now())
        try:
            return self._ask(url, largest, method, accept)
        except Fault as fault:
            rest = self._exchanger.rests.after(asker, fault, self._exchanger.timing.now())
            if rest is None:
                raise
            raise rest from fault

    def _ask(self, url: httpx.URL, largest: int, method: Method, accept: str) -> Answer:
        proven = False
        while True:
            question = Question(url, self._registry, largest, self._authorisation, method, accept)
            answer = self._exchanger.ask(question)
            if answer.status != _UNAUTHORISED:
                return answer
            if proven:
                raise self.refusal(answer)
            proven = self._prove(answer)

    def refusal(self, answer: Answer) -> RegistryError:
        """Say what an answer without success means."""
        code = error_code(answer)
        came = f"{self.subject}: {answer.host} answered {answer.status}{'' if code is None else f' ({code})'}"
        whom = self._whom()
        if answer.status == _UNAUTHORISED:
            return RegistryUnauthorized(
                f"{came} to {whom}: the repository is private or absent; check the image's name and pull credentials"
            )
        if answer.status == _FORBIDDEN:
            return RegistryUnauthorized(f"{came} to {whom}: give the pull credentials the right to read the repository")
        if answer.status == _NOT_FOUND and code is not None and self._image:
            return RepositoryNotFound(
                f"{came} to {whom}: there is no such image; check its name, and whether it was deleted"
            )
        if answer.status == _NOT_FOUND and code is not None:
            return RepositoryNotFound(f"{came} to {whom}: there is no such repository; check the image's name")
        if answer.status == _NOT_FOUND:
            return RepositoryNotFound(
                f"{came} and not in the registry protocol: check the image's name, and that its host is a registry"
            )
        return RegistryRefused(f"{came}, which the registry protocol does not have here: check the image's registry")

    def _prove(self, answer: Answer) -> bool:
        """Take up a challenge; True when the proof is new, False when it was issued before and may have ended."""
        if not same_origin(answer.url, self._registry):
            # Who was redirected to must not learn, by a challenge of its own, what was meant for the registry.
            raise self.refusal(answer)
        offered = parse_challenges(answer.headers.get_list("www-authenticate"))
        # Of several challenges with one scheme the first counts.
        challenges = {challenge.scheme: challenge for challenge in reversed(offered)}
        bearer = challenges.get("bearer")
        if bearer is not None and "realm" in bearer.parameters:
            return self._take_token(answer, bearer)
        if "basic" in challenges and self._credential is not None:
            if not self._credential.password:
                raise RegistryUnauthorized(
                    f"{self.subject}: {answer.host} wants a user name and a password, and the pull credentials have"
                    " an identity token alone: log in there with a password or an access token"
                )
            self._authorisation = basic(self._credential.username, self._credential.password)
            return True
        raise self.refusal(answer)

    def _take_token(self, answer: Answer, bearer: Challenge) -> bool:
        parameters = bearer.parameters
        # Built by us: some registries challenge with a placeholder for the scope.
        scope = f"repository:{self._repository.path}:pull"
        key = TokenKey(parameters["realm"], parameters.get("service"), scope, self._credential)
        kept = self._tokens.kept(key)
        if kept is not None and self._authorisation != f"Bearer {kept}":
            self._authorisation = f"Bearer {kept}"
            return False
        try:
            self._authorisation = f"Bearer {self._tokens.issue(key, self._registry)}"
        except CredentialRefused as error:
            raise RegistryUnauthorized(
                f"{self.subject}: {answer.host} answered 401 and {error} to {self._whom()}: check the image's name"
                " and its pull credentials"
            ) from error
        return True

    def _whom(self) -> str:
        return "an anonymous question" if self._credential is None else str(self._credential)
