"""Repositories that were pushed to, as registries report it: a hint that makes checks due, and nothing more."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Self

from watch_cluster.domain.images.reference import ImageReference, InvalidImageReference, Repository

_ANY: Final = "any.invalid"
"""Stands for the unknown registry while the text is parsed."""
_MAX_LENGTH: Final = 512


class InvalidPushedRepository(ValueError):  # noqa: N818 - the name says what is wrong, as in packaging
    """The text does not name a repository. The message is one line and quotes the text."""


@dataclass(frozen=True, slots=True)
class PushedRepository:
    """A repository that was pushed to.

    `registry` is None if the sender does not know by which host images name it. `and_below` is whether repositories
    below the path are meant as well.
    """

    path: str
    registry: str | None = None
    and_below: bool = False

    @classmethod
    def parse(cls, text: str) -> Self:
        """Parse `registry/path`, or `/path` in any registry; a `/` at the end means repositories below as well.

        Raises `InvalidPushedRepository`.

        >>> PushedRepository.parse("nginx")
        PushedRepository(path='library/nginx', registry='docker.io', and_below=False)
        """
        anywhere, and_below = text.startswith("/"), text.endswith("/")
        name = text.removesuffix("/")
        try:
            image = ImageReference.parse(f"{_ANY}{name}" if anywhere else name)
        except InvalidImageReference:
            image = None
        if not name or image is None or image.tag is not None or image.digest is not None or len(text) > _MAX_LENGTH:
            raise InvalidPushedRepository(f"{text[:80]!r} is not a repository: write registry.example/team/app")
        repository = image.repository
        return cls(repository.path, None if anywhere else repository.registry.lower(), and_below)

    def matches(self, repository: Repository) -> bool:
        """Whether images of this repository may have been pushed."""
        if self.registry is not None and self.registry != repository.registry.lower():
            return False
        return repository.path == self.path or (self.and_below and repository.path.startswith(f"{self.path}/"))

    def __str__(self) -> str:
        return f"{self.registry or ''}/{self.path}{'/' if self.and_below else ''}"
