"""The images that are not tried again on a workload, and how a person allows them again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Self

from watch_cluster.domain.images.reference import ImageReference
from watch_cluster.domain.policy.values.limits import Limits
from watch_cluster.domain.workload import annotation
from watch_cluster.domain.workload.workload import ImageChange, Workload

MOST_ENTRIES: Final = 50
"""How many images an annotation lists: the latest. By then the oldest are far behind what is published."""
LIMITS: Final = Limits(65_536, entries=MOST_ENTRIES, noun="images")


@dataclass(frozen=True, slots=True)
class Quarantine:
    """The annotation `quarantine`: image references, `repo:tag` or `repo@sha256:…`, the oldest entry first."""

    entries: tuple[ImageReference, ...] = ()

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the annotation's value.

        Raises `ValueError` for an entry that names neither a tag nor a digest, and for too many entries.

        >>> str(Quarantine.parse("shop:1.0.1, shop:1.0.2"))
        'shop:1.0.1,shop:1.0.2'
        """
        LIMITS.check(text)
        entries = tuple(ImageReference.parse(entry.strip()) for entry in text.split(",") if entry.strip())
        for entry in entries:
            if entry.tag is None and entry.digest is None:
                written = str(entry)
                raise ValueError(f"{written!r} has neither a tag nor a digest: write {entry}:1.2.3 or {entry}@sha256:…")
        return cls(entries)

    def __str__(self) -> str:
        return ",".join(str(entry) for entry in self.entries)

    def __bool__(self) -> bool:
        return bool(self.entries)

    def contains(self, image: ImageReference) -> bool:
        """Whether an entry matches the image by its tag or by its digest.

        >>> Quarantine.parse("nginx:1.2").contains(ImageReference.parse("docker.io/library/nginx:1.2"))
        True
        """
        return any(_matches(entry, image) for entry in self.entries)

    def with_images(self, images: Iterable[ImageReference]) -> Quarantine:
        """Return the quarantine with these images added; an image that it contains is not added again."""
        entries = list(self.entries)
        for image in images:
            if not any(_matches(entry, image) for entry in entries):
                entries.append(image)
        return Quarantine(tuple(entries[-MOST_ENTRIES:]))

    def without(self, image: ImageReference) -> Quarantine:
        """Return the quarantine without the entries that match the image."""
        return Quarantine(tuple(entry for entry in self.entries if not _matches(entry, image)))


def entry_for(before: str, after: str, digest: str | None) -> ImageReference:
    """Return the entry for the image after a change: its tag, or its digest if the tag did not change.

    >>> str(entry_for("shop:1.0", "shop:1.1@sha256:" + "0" * 64, None))
    'shop:1.1'
    """
    old, new = ImageReference.parse(before), ImageReference.parse(after)
    target = digest or new.digest
    if old.effective_tag == new.effective_tag and target is not None:
        return ImageReference(new.name, None, target)
    return ImageReference(new.name, new.effective_tag, None if new.effective_tag is not None else target)


def entries_for(changes: Sequence[ImageChange]) -> tuple[ImageReference, ...]:
    """Return the entries for the new images of the changes."""
    return tuple(entry_for(change.before, change.after, change.digest) for change in changes)


def quarantine_of(workload: Workload) -> Quarantine:
    """Return the workload's quarantine; an unreadable one counts as empty, and is an invalid configuration."""
    return read_quarantine(workload.annotations)


def read_quarantine(annotations: Mapping[str, str]) -> Quarantine:
    """Read the quarantine from annotations; an unreadable one counts as empty."""
    try:
        return Quarantine.parse(annotations.get(annotation.QUARANTINE, ""))
    except ValueError:
        return Quarantine()


def how_to_release(entries: Sequence[ImageReference]) -> str:
    """Return the sentence that tells a person how to allow these images again."""
    names = ", ".join(str(entry) for entry in entries)
    return (
        f"{names} is not tried again here; to allow it again, remove it from {annotation.QUARANTINE} or set it by hand"
    )


def _matches(entry: ImageReference, image: ImageReference) -> bool:
    if entry.repository != image.repository:
        return False
    if entry.digest is not None:
        return entry.digest == image.digest
    return entry.tag == image.effective_tag
