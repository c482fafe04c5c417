"""The port to image registries."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from watch_cluster.domain.images.credential import Credential
from watch_cluster.domain.images.description import ImageDescription
from watch_cluster.domain.images.platform import Platform
from watch_cluster.domain.images.reference import Repository
from watch_cluster.domain.images.statement import SignedStatement


class RegistryError(Exception):
    """A registry query failed; the message is one line for a person, without secrets."""


class RegistryUnavailable(RegistryError):  # noqa: N818 - an expected outcome
    """The registry is unreachable or cannot respond now: retry later.

    `retry_at` (with a time zone) is the registry's own Retry-After, None if it sent none.
    """

    def __init__(self, message: str, retry_at: datetime | None = None) -> None:
        super().__init__(message)
        self.retry_at = retry_at


class RepositoryNotFound(RegistryError):  # noqa: N818
    """The repository does not exist, or the registry hides it: a retry cannot help."""


class RegistryUnauthorized(RegistryError):  # noqa: N818
    """No available credential has access to the repository: a retry cannot help until they change."""


class RegistryRefused(RegistryError):  # noqa: N818
    """The server does not follow the registry protocol, or requires what is not supported.

    A retry cannot help until the registry or the configuration changes.
    """


class ImageRegistry(Protocol):
    """Queries registries. Thread-safe."""

    def tags(self, repository: Repository, credentials: tuple[Credential, ...] = ()) -> tuple[str, ...]:
        """Return all tags of the repository, from all pages, sorted as text and without invalid ones.

        The credentials are tried in order until one has access; without any, the query is anonymous.

        Raises `RegistryUnavailable`, `RepositoryNotFound`, `RegistryUnauthorized` or `RegistryRefused`; an
        incomplete list is an error.
        """

    def digest(self, repository: Repository, tag: str, credentials: tuple[Credential, ...] = ()) -> str:
        """Return the current digest of the tag, of an index or a manifest, as `sha256:…`.

        Raises like `tags`, and `RepositoryNotFound` also for a missing tag.
        """

    def platforms(
        self, repository: Repository, digest: str, credentials: tuple[Credential, ...] = ()
    ) -> frozenset[Platform]:
        """Return the platforms of the image of that digest, without attestations; empty if unknown.

        Raises like `tags`.
        """

    def contents(
        self,
        repository: Repository,
        digest: str,
        credentials: tuple[Credential, ...] = (),
        *,
        configs: bool = False,
    ) -> frozenset[str]:
        """Return the other digests that a runtime may report for the image of that digest.

        For an index, those of its platforms' manifests, without attestations. With `configs`, also those of all their
        image configurations. Raises like `tags`.
        """

    def statements(
        self,
        repository: Repository,
        digest: str,
        credentials: tuple[Credential, ...] = (),
        *,
        attestations: bool = False,
    ) -> tuple[SignedStatement, ...]:
        """Return what was signed about the image of that digest, not yet verified; with attestations, these, too.

        Raises like `tags`.
        """

    def description(
        self, repository: Repository, digest: str, credentials: tuple[Credential, ...] = ()
    ) -> ImageDescription:
        """Return what the image of that digest says about itself; an index, what its first platform says.

        Images can state any time, and any origin. Raises like `tags`.
        """
