"""What one check asks of registries: through mirrors, with the workload's credentials, and shared with other checks."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from watch_cluster.application.ports.registry.image_registry import (
    ImageRegistry,
    RegistryError,
    RegistryRefused,
    RegistryUnauthorized,
    RegistryUnavailable,
    RepositoryNotFound,
)
from watch_cluster.application.ports.registry.pull_credentials import PullCredentials
from watch_cluster.application.registry_queries.mirrors import query_through_mirrors
from watch_cluster.application.registry_queries.query_cache import QueryCache
from watch_cluster.domain.images.credential import Credential
from watch_cluster.domain.images.mirror import Mirror
from watch_cluster.domain.images.platform import Platform
from watch_cluster.domain.images.reference import DEFAULT_TAG, ImageReference, Repository
from watch_cluster.domain.workload.workload import Workload

AnswerT = TypeVar("AnswerT")


@dataclass(frozen=True, slots=True)
class RegistryAccess:
    """All that is needed to ask registries."""

    registry: ImageRegistry
    credentials: PullCredentials
    answers: QueryCache
    mirrors: tuple[Mirror, ...] = ()

    def for_workload(self, workload: Workload, due: datetime) -> RegistryQueries:
        """Ask for a workload, which is to be checked since that moment."""
        return RegistryQueries(self, workload, due)


@dataclass(frozen=True, slots=True)
class RegistryQueries:
    """The questions of one check. All of them raise what the port `ImageRegistry` raises.

    Whoever answers the first one for a repository, its mirror or its registry, answers all: they may hold different
    images under one tag. `places` has by repository which of them that is.
    """

    registries: RegistryAccess
    workload: Workload
    due: datetime
    digests: dict[ImageReference, str] = field(default_factory=dict)
    places: dict[Repository, Repository] = field(default_factory=dict)

    def tags(self, image: ImageReference) -> tuple[str, ...]:
        """Every tag of the image's repository."""
        return self._ask(image, "tags", self.registries.registry.tags)

    def digest(self, image: ImageReference) -> str:
        """What the image's tag stands for; one answer for the whole check, so that what was judged is what is taken."""
        if image not in self.digests:
            tag = image.effective_tag or DEFAULT_TAG
            self.digests[image] = self._ask(
                image, ("digest", tag), lambda where, who: self.registries.registry.digest(where, tag, who)
            )
        return self.digests[image]

    def contents(self, image: ImageReference, digest: str, *, configs: bool) -> frozenset[str]:
        """The digests by which what has that digest may also be known."""
        return self._ask(
            image,
            ("contents", digest, configs),
            lambda where, who: self.registries.registry.contents(where, digest, who, configs=configs),
        )

    def platforms(self, image: ImageReference, digest: str) -> frozenset[Platform]:
        """What the image of that digest is built for; none when it does not tell."""
        return self._ask(
            image,
            ("platforms", digest),
            lambda where, who: self.registries.registry.platforms(where, digest, who),
        )

    def created(self, image: ImageReference, digest: str) -> datetime | None:
        """When the image of that digest says that it was built; None when that cannot be found out."""
        try:
            return self._ask(
                image,
                ("created", digest),
                lambda where, who: self.registries.registry.created(where, digest, who),
            )
        except (RegistryRefused, RegistryUnauthorized, RepositoryNotFound):
            return None

    def _ask(
        self,
        image: ImageReference,
        about: Hashable,
        ask: Callable[[Repository, tuple[Credential, ...]], AnswerT],
    ) -> AnswerT:
        def candidates_for(repository: Repository) -> tuple[Credential, ...]:
            return self.registries.credentials.candidates(self.workload, repository)

        def shared(where: Repository, who: tuple[Credential, ...]) -> AnswerT:
            try:
                answer = self.registries.answers.ask((about, where, who), self.due, lambda: ask(where, who))
            except RegistryUnavailable:
                raise
            except RegistryError:
                self.places[image.repository] = where
                raise
            self.places[image.repository] = where
            return answer

        place = self.places.get(image.repository)
        if place is not None:
            return shared(place, candidates_for(place))
        return query_through_mirrors(self.registries.mirrors, image.repository, candidates_for, shared)
