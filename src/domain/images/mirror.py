"""Registry mirrors: hosts that serve the repositories of a registry which the cluster cannot or should not reach."""

from __future__ import annotations

from dataclasses import dataclass

from watch_cluster.domain.images.reference import ImageReference, InvalidImageReference, Repository


class InvalidMirror(ValueError):  # noqa: N818 - the name says what is wrong, as in packaging
    """The text is not a valid mirror. The message is one line and quotes the text."""


@dataclass(frozen=True, slots=True)
class Mirror:
    """The `host` that serves the repositories of `registry`, below the path `prefix` if it is not empty."""

    registry: str
    host: str
    prefix: str = ""

    @classmethod
    def parse(cls, text: str) -> Mirror:
        """Parse `REGISTRY=HOST[/PATH]`, such as `docker.io=mirror.example:5000`. Raises `InvalidMirror`.

        >>> Mirror.parse("ghcr.io=proxy.example/ghcr").rewrite(Repository("ghcr.io", "team/app"))
        Repository(registry='proxy.example', path='ghcr/team/app')
        """
        registry, equals, location = text.partition("=")
        source, target = _parse_location(registry), _parse_location(location)
        if not equals or source is None or target is None or source.path:
            raise InvalidMirror(
                f"{text!r} is not a mirror: write REGISTRY=HOST or REGISTRY=HOST/PATH, such as"
                " docker.io=mirror.example:5000, without a scheme"
            )
        return cls(source.registry, target.registry, target.path)

    def rewrite(self, repository: Repository) -> Repository | None:
        """Return the repository on the mirror; None if it belongs to another registry."""
        if repository.registry.lower() != self.registry.lower():
            return None
        return Repository(self.host, f"{self.prefix}/{repository.path}" if self.prefix else repository.path)

    def __str__(self) -> str:
        return f"{self.registry}={self.host}" + (f"/{self.prefix}" if self.prefix else "")


def _parse_location(text: str) -> Repository | None:
    """Parse `HOST[/PATH]` into registry and path, which may be empty; None if it is invalid."""
    sample = f"{text}/a/b"
    try:
        repository = ImageReference.parse(sample).repository
    except InvalidImageReference:
        return None
    # As in an image reference, the first component is a host only if it looks like one.
    if repository.path != sample.partition("/")[2]:
        return None
    return Repository(repository.registry, repository.path.removesuffix("a/b").removesuffix("/"))
