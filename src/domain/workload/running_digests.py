"""What a workload's instances run, told from what its orchestrator reports and what its registry has."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final, Self

from watch_cluster.domain.images.reference import is_digest

_BARE: Final = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class RunningImage:
    """The digest that one instance runs. `bare` when it may be that of the image's configuration.

    Of an image that was loaded by hand a runtime knows no more than that.
    """

    digest: str
    bare: bool = False

    @classmethod
    def parse(cls, image_id: str) -> Self | None:
        """Read what a Kubernetes node reports as `imageID`, None when it tells no digest.

        Seen are `repo@sha256:…`, also with another repository's name, `docker-pullable://repo@sha256:…`, `sha256:…`
        alone or behind `docker://`, and 64 hexadecimal digits alone (CRI-O).

        >>> RunningImage.parse("docker.io/library/nginx@sha256:" + "0" * 64).bare
        False
        """
        text = image_id.rpartition("://")[2]
        _, at, digest = text.rpartition("@")
        if not at and _BARE.fullmatch(digest):
            digest = f"sha256:{digest}"
        return cls(digest, bare=not at) if is_digest(digest) else None


RunningDigests = tuple[RunningImage | None, ...]
"""What each instance runs in one container; None where it tells no digest."""


@dataclass(frozen=True, slots=True)
class PublishedImage:
    """What a tag stands for at its registry: a digest, and those by which the same image may be known as well."""

    digest: str
    contents: frozenset[str] = frozenset()

    def includes(self, digest: str) -> bool:
        """Whether that digest is the same image."""
        return digest == self.digest or digest in self.contents


class DigestComparison(Enum):
    """How what runs stands to what is published."""

    CURRENT = auto()
    CHANGED = auto()
    UNKNOWN = auto()


def compare_digests(running: RunningDigests, published: PublishedImage) -> DigestComparison:
    """Compare: what most instances say, UNKNOWN when no more than half of them agree."""
    votes = Counter(_standing(each, published) for each in running)
    verdict, count = max(votes.items(), key=lambda item: item[1], default=(DigestComparison.UNKNOWN, 0))
    return verdict if 2 * count > votes.total() else DigestComparison.UNKNOWN


def majority_digest(running: RunningDigests) -> str | None:
    """The digest that most instances run, None when no more than half agree or what agrees is no manifest's."""
    votes = Counter(running)
    image, count = max(votes.items(), key=lambda item: item[1], default=(None, 0))
    return image.digest if image is not None and not image.bare and 2 * count > votes.total() else None


def _standing(image: RunningImage | None, published: PublishedImage) -> DigestComparison:
    if image is None:
        return DigestComparison.UNKNOWN
    if published.includes(image.digest):
        return DigestComparison.CURRENT
    # The registry cannot be asked for what only a node has.
    return DigestComparison.UNKNOWN if image.bare else DigestComparison.CHANGED
