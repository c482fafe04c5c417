"""The images that replicas run, compared with the images that the registry publishes."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import Enum, auto
from typing import Self

from watch_cluster.domain.images.reference import is_digest


@dataclass(frozen=True, slots=True)
class RunningImage:
    """The digest that a replica runs. `bare` if the runtime reports no repository with it.

    A bare digest can be that of the image's configuration: runtimes report it for images that were loaded manually.
    """

    digest: str
    bare: bool = False

    @classmethod
    def parse(cls, image_id: str) -> Self | None:
        """Parse an image ID as container runtimes report it; None if it has no digest.

        Known forms are `repo@sha256:…`, possibly with another repository, `docker-pullable://repo@sha256:…`, and
        `sha256:…` with or without `docker://`.

        >>> RunningImage.parse("docker.io/library/nginx@sha256:" + "0" * 64).bare
        False
        """
        text = image_id.rpartition("://")[2]
        _, at, digest = text.rpartition("@")
        return cls(digest, bare=not at) if is_digest(digest) else None


RunningDigests = tuple[RunningImage | None, ...]
"""What each replica runs in one container; None if its digest is unknown."""


@dataclass(frozen=True, slots=True)
class PublishedImage:
    """The digest of a tag at its registry, and `contents`: other digests by which runtimes may report the image."""

    digest: str
    contents: frozenset[str] = frozenset()

    def includes(self, digest: str) -> bool:
        """Whether the digest belongs to this image."""
        return digest == self.digest or digest in self.contents


class DigestComparison(Enum):
    """How the running image compares with the published one."""

    CURRENT = auto()
    CHANGED = auto()
    UNKNOWN = auto()


def compare_digests(running: RunningDigests, published: PublishedImage) -> DigestComparison:
    """Return the result of more than half of the replicas, UNKNOWN if there is no such majority."""
    votes = Counter(_compare_one(image, published) for image in running)
    result, count = max(votes.items(), key=lambda item: item[1], default=(DigestComparison.UNKNOWN, 0))
    return result if 2 * count > votes.total() else DigestComparison.UNKNOWN


def majority_digest(running: RunningDigests) -> str | None:
    """Return the digest that more than half of the replicas run; None without a majority or if it is bare."""
    votes = Counter(running)
    image, count = max(votes.items(), key=lambda item: item[1], default=(None, 0))
    return image.digest if image is not None and not image.bare and 2 * count > votes.total() else None


def _compare_one(image: RunningImage | None, published: PublishedImage) -> DigestComparison:
    if image is None:
        return DigestComparison.UNKNOWN
    if published.includes(image.digest):
        return DigestComparison.CURRENT
    # The registry cannot resolve a digest that only the node knows.
    return DigestComparison.UNKNOWN if image.bare else DigestComparison.CHANGED
