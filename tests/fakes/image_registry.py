"""Registries in memory, for whoever needs their answers and not their protocol."""

from __future__ import annotations

from dataclasses import dataclass, field

from watch_cluster.application.ports.image_registry import RegistryError, RepositoryNotFound
from watch_cluster.domain.credential import Credential
from watch_cluster.domain.image import Repository


@dataclass
class FakeImageRegistry:
    """All registries of a test: the tags by repository (`docker.io/library/nginx`), and faults to raise instead.

    A fault for a repository is raised until it is taken away. What was asked, and with what, is in `questions`.
    """

    repositories: dict[str, tuple[str, ...]] = field(default_factory=dict)
    faults: dict[str, RegistryError] = field(default_factory=dict)
    questions: list[tuple[Repository, tuple[Credential, ...]]] = field(default_factory=list)

    def tags(self, repository: Repository, credentials: tuple[Credential, ...] = ()) -> tuple[str, ...]:
        self.questions.append((repository, credentials))
        name = str(repository)
        if name in self.faults:
            raise self.faults[name]
        if name not in self.repositories:
            raise RepositoryNotFound(f"{name}: there is no such repository; check the image's name")
        return tuple(sorted(self.repositories[name]))
