"""Mirrors: who is asked instead of a registry, because not every cluster may or should reach the registry itself."""

from __future__ import annotations

from dataclasses import dataclass

from watch_cluster.domain.images.reference import ImageReference, InvalidImageReference, Repository


class InvalidMirror(ValueError):  # noqa: N818 - the name says what is wrong, as in packaging
    """The text names no mirror; the message is one line that quotes it."""


@dataclass(frozen=True, slots=True)
class Mirror:
    """A registry, and the host that is asked instead, where its repositories may stand below a path of their own."""

    registry: str
    host: str
    prefix: str = ""

    @classmethod
    def parse(cls, text: str) -> Mirror:
        """Read `REGISTRY=HOST[/PATH]`, as `docker.io=mirror.example:5000`; raises `InvalidMirror`.

        >>> Mirror.parse("ghcr.io=proxy.example/ghcr").of(Repository("ghcr.io", "team/app"))
        Repository(registry='proxy.example', path='ghcr/team/app')
        """
        registry, equals, place = text.partition("=")
        instead_of, host = _read(registry), _read(place)
        if not equals or instead_of is None or host is None or instead_of.path:
            raise InvalidMirror(
                f"{text!r} is no mirror: write REGISTRY=HOST or REGISTRY=HOST/PATH, such as"
                " docker.io=mirror.example:5000, without a scheme"
            )
        return cls(instead_of.registry, host.registry, host.path)

    def of(self, repository: Repository) -> Repository | None:
        """Where the repository's images are asked for; None when it belongs to another registry."""
        if repository.registry.lower() != self.registry.lower():
            return None
        return Repository(self.host, f"{self.prefix}/{repository.path}" if self.prefix else repository.path)

    def __str__(self) -> str:
        return f"{self.registry}={self.host}" + (f"/{self.prefix}" if self.prefix else "")


def _read(text: str) -> Repository | None:
    """The registry and the path, empty if need be, of `HOST[/PATH]`; None when it is not that."""
    below = f"{text}/a/b"
    try:
        repository = ImageReference.parse(below).repository
    except InvalidImageReference:
        return None
    # As in an image: what stands in front of the first slash is a host only where it looks like one.
    if repository.path != below.partition("/")[2]:
        return None
    return Repository(repository.registry, repository.path.removesuffix("a/b").removesuffix("/"))
