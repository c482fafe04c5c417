"""The images that are not to be tried again on a workload."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Self

from watch_cluster.domain.images.reference import ImageReference
from watch_cluster.domain.policy.limits import Limits

MOST_ENTRIES: Final = 50
"""How many images an annotation remembers: the latest. By then the oldest are long behind what is published."""
LIMITS: Final = Limits(65_536, entries=MOST_ENTRIES, noun="images")


@dataclass(frozen=True, slots=True)
class Quarantine:
    """The annotation `quarantine`: image references, `repo:tag` or `repo@sha256:…`, in the order of their coming."""

    entries: tuple[ImageReference, ...] = ()

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the annotation's value.

        Raises `ValueError` for an entry that names neither a tag nor a digest, and for too many entries.

        >>> str(Quarantine.parse("shop:1.0.1, shop:1.0.2"))
        'shop:1.0.1,shop:1.0.2'
        """
        LIMITS.check(text)
        entries = tuple(ImageReference.parse(each.strip()) for each in text.split(",") if each.strip())
        for each in entries:
            if each.tag is None and each.digest is None:
                raise ValueError(f"{str(each)!r} has neither a tag nor a digest: write {each}:1.2.3 or {each}@sha256:…")
        return cls(entries)

    def __str__(self) -> str:
        return ",".join(str(each) for each in self.entries)

    def __bool__(self) -> bool:
        return bool(self.entries)

    def holds(self, image: ImageReference) -> bool:
        """Whether the image, which has a tag or a digest or both, is in here by either of them.

        >>> Quarantine.parse("nginx:1.2").holds(ImageReference.parse("docker.io/library/nginx:1.2"))
        True
        """
        return any(_names(each, image) for each in self.entries)

    def adding(self, images: Iterable[ImageReference]) -> Quarantine:
        """Take in these images too, each once."""
        entries = list(self.entries)
        for image in images:
            if not any(_names(each, image) for each in entries):
                entries.append(image)
        return Quarantine(tuple(entries[-MOST_ENTRIES:]))

    def releasing(self, image: ImageReference) -> Quarantine:
        """Let go of every entry that names the image."""
        return Quarantine(tuple(each for each in self.entries if not _names(each, image)))


def entry_for(before: str, after: str, digest: str | None) -> ImageReference:
    """Write the entry for an image that a workload was moved to: by its tag, by its digest where the tag stayed.

    >>> str(entry_for("shop:1.0", "shop:1.1@sha256:" + "0" * 64, None))
    'shop:1.1'
    """
    old, new = ImageReference.parse(before), ImageReference.parse(after)
    told = digest or new.digest
    if old.effective_tag == new.effective_tag and told is not None:
        return ImageReference(new.name, None, told)
    return ImageReference(new.name, new.effective_tag, None if new.effective_tag is not None else told)


def _names(entry: ImageReference, image: ImageReference) -> bool:
    if entry.repository != image.repository:
        return False
    if entry.digest is not None:
        return entry.digest == image.digest
    return entry.tag == image.effective_tag
