"""Registries in memory, for whoever needs their answers and not their protocol."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

from watch_cluster.application.ports.image_registry import RegistryError, RepositoryNotFound
from watch_cluster.domain.credential import Credential
from watch_cluster.domain.image import Repository


@dataclass
class FakeImageRegistry:
    """All registries of a test: the tags by repository (`docker.io/library/nginx`), and faults to raise instead.

    A fault for a repository is raised until it is taken away. What was asked, and with what, is in `questions`. A tag
    has the digest in `digests` (by `docker.io/library/nginx:1.25`), else one of its own; `parts` has what lies below.
    """

    repositories: dict[str, tuple[str, ...]] = field(default_factory=dict)
    faults: dict[str, RegistryError] = field(default_factory=dict)
    digests: dict[str, str] = field(default_factory=dict)
    parts: dict[str, frozenset[str]] = field(default_factory=dict)
    questions: list[tuple[Repository, tuple[Credential, ...]]] = field(default_factory=list)

    def tags(self, repository: Repository, credentials: tuple[Credential, ...] = ()) -> tuple[str, ...]:
        self.questions.append((repository, credentials))
        return tuple(sorted(self._tags(repository)))

    def digest(self, repository: Repository, tag: str, credentials: tuple[Credential, ...] = ()) -> str:
        self.questions.append((repository, credentials))
        name = f"{repository}:{tag}"
        if tag not in self._tags(repository):
            raise RepositoryNotFound(f"{name}: there is no such tag; check the image's name")
        return self.digests.get(name) or f"sha256:{hashlib.sha256(name.encode()).hexdigest()}"

    def contents(
        self,
        repository: Repository,
        digest: str,
        credentials: tuple[Credential, ...] = (),
        *,
        configs: bool = False,
    ) -> frozenset[str]:
        del configs
        self.questions.append((repository, credentials))
        self._tags(repository)
        return self.parts.get(digest, frozenset())

    def _tags(self, repository: Repository) -> tuple[str, ...]:
        name = str(repository)
        if name in self.faults:
            raise self.faults[name]
        if name not in self.repositories:
            raise RepositoryNotFound(f"{name}: there is no such repository; check the image's name")
        return self.repositories[name]
