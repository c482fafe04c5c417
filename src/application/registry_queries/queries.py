"""The registry queries of one check: through mirrors, with the workload's credentials, shared with other checks."""

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
from watch_cluster.domain.images.description import ImageDescription
from watch_cluster.domain.images.mirror import Mirror
from watch_cluster.domain.images.platform import Platform
from watch_cluster.domain.images.reference import DEFAULT_TAG, ImageReference, Repository
from watch_cluster.domain.images.statement import SignedStatement
from watch_cluster.domain.workload.workload import Workload

ResponseT = TypeVar("ResponseT")


@dataclass(frozen=True, slots=True)
class RegistryAccess:
    """What is needed to query registries."""

    registry: ImageRegistry
    credentials: PullCredentials
    cache: QueryCache
    mirrors: tuple[Mirror, ...] = ()

    def for_workload(self, workload: Workload, due: datetime) -> RegistryQueries:
        """Return the queries of a workload whose check was due at that time."""
        return RegistryQueries(self, workload, due)


@dataclass(frozen=True, slots=True)
class RegistryQueries:
    """The queries of one check. All of them raise the errors of the port `ImageRegistry`.

    The mirror or registry that responds first for a repository gets all its queries, since they may hold different
    images under one tag. `sources` maps each repository to it.
    """

    access: RegistryAccess
    workload: Workload
    due: datetime
    digests: dict[ImageReference, str] = field(default_factory=dict)
    sources: dict[Repository, Repository] = field(default_factory=dict)

    def tags(self, image: ImageReference) -> tuple[str, ...]:
        """Return all tags of the image's repository."""
        return self._query(image, "tags", self.access.registry.tags)

    def digest(self, image: ImageReference) -> str:
        """Return the digest of the image's tag, the same for the whole check: what was evaluated is rolled out."""
        if image not in self.digests:
            tag = image.effective_tag or DEFAULT_TAG
            self.digests[image] = self._query(
                image,
                ("digest", tag),
                lambda source, credentials: self.access.registry.digest(source, tag, credentials),
            )
        return self.digests[image]

    def contents(self, image: ImageReference, digest: str, *, configs: bool) -> frozenset[str]:
        """Return the other digests by which the image of that digest may be known."""
        return self._query(
            image,
            ("contents", digest, configs),
            lambda source, credentials: self.access.registry.contents(source, digest, credentials, configs=configs),
        )

    def platforms(self, image: ImageReference, digest: str) -> frozenset[Platform]:
        """Return the platforms of the image of that digest; empty if unknown."""
        return self._query(
            image,
            ("platforms", digest),
            lambda source, credentials: self.access.registry.platforms(source, digest, credentials),
        )

    def statements(self, image: ImageReference, digest: str, *, attestations: bool) -> tuple[SignedStatement, ...]:
        """Return what was signed about the image of that digest, not yet verified."""
        return self._query(
            image,
            ("statements", digest, attestations),
            lambda source, credentials: self.access.registry.statements(
                source, digest, credentials, attestations=attestations
            ),
        )

    def description(self, image: ImageReference, digest: str) -> ImageDescription:
        """Return what the image of that digest says about itself; nothing if it cannot be determined."""
        try:
            return self._query(
                image,
                ("description", digest),
                lambda source, credentials: self.access.registry.description(source, digest, credentials),
            )
        except (RegistryRefused, RegistryUnauthorized, RepositoryNotFound):
            return ImageDescription()

    def _query(
        self,
        image: ImageReference,
        about: Hashable,
        send: Callable[[Repository, tuple[Credential, ...]], ResponseT],
    ) -> ResponseT:
        def candidates_for(repository: Repository) -> tuple[Credential, ...]:
            return self.access.credentials.candidates(self.workload, repository)

        def query(source: Repository, credentials: tuple[Credential, ...]) -> ResponseT:
            try:
                response = self.access.cache.get(
                    (about, source, credentials), self.due, lambda: send(source, credentials)
                )
            except RegistryUnavailable:
                raise
            except RegistryError:
                self.sources[image.repository] = source
                raise
            self.sources[image.repository] = source
            return response

        source = self.sources.get(image.repository)
        if source is not None:
            return query(source, candidates_for(source))
        return query_through_mirrors(self.access.mirrors, image.repository, candidates_for, query)
