"""The port to the registries that images come from."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from watch_cluster.domain.images.credential import Credential
from watch_cluster.domain.images.platform import Platform
from watch_cluster.domain.images.reference import Repository


class RegistryError(Exception):
    """The registry did not give what was asked for; one line for a person, without any secret."""


class RegistryUnavailable(RegistryError):  # noqa: N818 - a kind of answer, not a defect
    """The registry cannot be reached or cannot answer now: the same question may be answered later.

    `retry_at` (with a time zone) is when the registry itself wants to be asked again, None when it did not say.
    """

    def __init__(self, message: str, retry_at: datetime | None = None) -> None:
        super().__init__(message)
        self.retry_at = retry_at


class RepositoryNotFound(RegistryError):  # noqa: N818
    """The registry says that there is no such repository, or hides it: the same question stays unanswered."""


class RegistryUnauthorized(RegistryError):  # noqa: N818
    """No credential at hand opens the repository: the same question stays unanswered until they change."""


class RegistryRefused(RegistryError):  # noqa: N818
    """What answered does not speak the protocol of registries, or wants what we do not do.

    The same question stays unanswered until somebody changes the registry or the configuration.
    """


class ImageRegistry(Protocol):
    """Tells what a registry has. All methods may be called from any thread."""

    def tags(self, repository: Repository, credentials: tuple[Credential, ...] = ()) -> tuple[str, ...]:
        """Every tag of the repository, all pages of the registry's list, sorted as text.

        The credentials are tried in their order until one opens the repository; without any, the question is asked
        anonymously. What is listed but is no valid tag is left out.

        Raises `RegistryUnavailable`, `RepositoryNotFound`, `RegistryUnauthorized` or `RegistryRefused`; a list that
        could not be read to its end is an error, never a shorter list.
        """

    def digest(self, repository: Repository, tag: str, credentials: tuple[Credential, ...] = ()) -> str:
        """The digest of what the tag names now, an index or a manifest, as `sha256:…`.

        Raises like `tags`, and `RepositoryNotFound` also when there is no such tag.
        """

    def platforms(
        self, repository: Repository, digest: str, credentials: tuple[Credential, ...] = ()
    ) -> frozenset[Platform]:
        """What the image of that digest is built for: of an index, its platforms, attestations left out.

        None of them when it does not tell. Raises like `tags`.
        """

    def contents(
        self,
        repository: Repository,
        digest: str,
        credentials: tuple[Credential, ...] = (),
        *,
        configs: bool = False,
    ) -> frozenset[str]:
        """The digests by which what has that digest may also be known to whoever runs it.

        Of an index: the manifests of its platforms, attestations left out. With `configs`, the digests of the image
        configurations of all of them as well. Raises like `tags`.
        """

    def created(self, repository: Repository, digest: str, credentials: tuple[Credential, ...] = ()) -> datetime | None:
        """When the image of that digest says that it was built, with a time zone; of an index, its first platform's.

        None when it does not tell. Anybody may write any date. Raises like `tags`.
        """
