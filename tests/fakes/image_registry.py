"""Registries in memory, for whoever needs their answers and not their protocol."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime

from watch_cluster.application.ports.registry.image_registry import (
    RegistryError,
    RegistryUnauthorized,
    RepositoryNotFound,
)
from watch_cluster.domain.images.credential import Credential
from watch_cluster.domain.images.description import ImageDescription
from watch_cluster.domain.images.origin import ImageOrigin
from watch_cluster.domain.images.platform import Platform
from watch_cluster.domain.images.reference import Repository
from watch_cluster.domain.images.statement import SignedStatement


@dataclass
class FakeImageRegistry:
    """All registries of a test: the tags by repository (`docker.io/library/nginx`), and faults to raise instead.

    A fault for a repository, or for one of its images by tag or digest (`docker.io/library/nginx:1.25`), is raised
    until it is taken away. What was asked, and with what, is in `queries`; of
    which repositories all tags were, in `listed`.

    `digests` has the digests of tags (`docker.io/library/nginx:1.25`); a tag without one has a digest made of its name.
    `readers` has, by repository, the credentials that open it; one that is not named there is open to all.
    `parts` and `configs` have, by digest, the manifests that it holds and the configurations; else it holds nothing.
    `built_for` has, by digest, the platforms, `built_at` the dates of builds, and `origins` what labels say; else it
    does not tell.
    `described` lists the digests whose descriptions were asked for. `signed` has, by digest, the signed statements.
    """

    repositories: dict[str, tuple[str, ...]] = field(default_factory=dict)
    faults: dict[str, RegistryError] = field(default_factory=dict)
    queries: list[tuple[Repository, tuple[Credential, ...]]] = field(default_factory=list)
    listed: list[Repository] = field(default_factory=list)
    digests: dict[str, str] = field(default_factory=dict)
    parts: dict[str, frozenset[str]] = field(default_factory=dict)
    configs: dict[str, frozenset[str]] = field(default_factory=dict)
    built_for: dict[str, frozenset[Platform]] = field(default_factory=dict)
    built_at: dict[str, datetime] = field(default_factory=dict)
    described: list[str] = field(default_factory=list)
    origins: dict[str, ImageOrigin] = field(default_factory=dict)
    signed: dict[str, tuple[SignedStatement, ...]] = field(default_factory=dict)
    readers: dict[str, set[Credential]] = field(default_factory=dict)

    def tags(self, repository: Repository, credentials: tuple[Credential, ...] = ()) -> tuple[str, ...]:
        self.listed.append(repository)
        return tuple(sorted(self._tags(repository, credentials)))

    def digest(self, repository: Repository, tag: str, credentials: tuple[Credential, ...] = ()) -> str:
        tags = self._tags(repository, credentials)
        image = f"{repository}:{tag}"
        self._raise_fault(image)
        if tag not in tags:
            raise RepositoryNotFound(f"{image}: there is no such image; check its name, and whether it was deleted")
        return self.digests.get(image) or f"sha256:{hashlib.sha256(image.encode()).hexdigest()}"

    def platforms(
        self, repository: Repository, digest: str, credentials: tuple[Credential, ...] = ()
    ) -> frozenset[Platform]:
        self._tags(repository, credentials)
        self._raise_fault(f"{repository}@{digest}")
        return self.built_for.get(digest, frozenset())

    def contents(
        self,
        repository: Repository,
        digest: str,
        credentials: tuple[Credential, ...] = (),
        *,
        configs: bool = False,
    ) -> frozenset[str]:
        self._tags(repository, credentials)
        self._raise_fault(f"{repository}@{digest}")
        parts = self.parts.get(digest, frozenset())
        return parts | self.configs.get(digest, frozenset()) if configs else parts

    def statements(
        self,
        repository: Repository,
        digest: str,
        credentials: tuple[Credential, ...] = (),
        *,
        attestations: bool = False,  # noqa: ARG002 - part of the port
    ) -> tuple[SignedStatement, ...]:
        self._tags(repository, credentials)
        self._raise_fault(f"{repository}@{digest}.sig")
        return self.signed.get(digest, ())

    def description(
        self, repository: Repository, digest: str, credentials: tuple[Credential, ...] = ()
    ) -> ImageDescription:
        if not self.built_at and not self.origins:
            return ImageDescription()
        self._tags(repository, credentials)
        self.described.append(digest)
        self._raise_fault(f"{repository}@{digest}.config")
        return ImageDescription(self.built_at.get(digest), self.origins.get(digest, ImageOrigin()))

    def _tags(self, repository: Repository, credentials: tuple[Credential, ...]) -> tuple[str, ...]:
        self.queries.append((repository, credentials))
        name = str(repository)
        self._raise_fault(name)
        if name not in self.repositories:
            raise RepositoryNotFound(f"{name}: there is no such repository; check the image's name")
        if name in self.readers and self.readers[name].isdisjoint(credentials):
            raise RegistryUnauthorized(f"{name}: the repository is private or absent; check the pull credentials")
        return self.repositories[name]

    def _raise_fault(self, name: str) -> None:
        if name in self.faults:
            raise self.faults[name]
