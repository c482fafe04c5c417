"""The image changes of a rollout: as JSON in its record, and back to what ran before."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from watch_cluster.domain.images.origin import ImageOrigin
from watch_cluster.domain.images.reference import ImageReference
from watch_cluster.domain.workload.workload import ImageChange
from watch_cluster.tools.json_fields import fields_of, name, text, text_or_none

_MAX_CONTAINERS: Final = 100
"""How many containers a record may change, more than settings allow."""
_MAX_FIELDS: Final = 64


def read_changes(written: object) -> tuple[ImageChange, ...]:
    """Read what `fields_of_change` wrote, by container. Raises `KeyError`, `TypeError` or `ValueError`."""
    changes = tuple(
        _read_change(container, change) for container, change in fields_of(written, _MAX_CONTAINERS).items()
    )
    if not changes:
        raise ValueError("it changes no container")
    return changes


def fields_of_change(change: ImageChange) -> dict[str, object]:
    """Return the JSON fields of the change, without its container."""
    fields: dict[str, object] = {"from": change.before, "to": change.after}
    if change.ran is not None:
        fields["ran"] = change.ran
    if change.digest is not None:
        fields["digest"] = change.digest
    if change.origin:
        fields["origin"] = change.origin.written()
    return fields


def origins_of(changes: Iterable[ImageChange]) -> str:
    """Say in one line where the new images come from, each origin once; empty when none says so."""
    return "; ".join(dict.fromkeys(str(change.origin) for change in changes if change.origin))


def with_origins(message: str, changes: Iterable[ImageChange]) -> str:
    """Append where the new images come from, as far as they say so."""
    origins = origins_of(changes)
    return f"{message}; {origins}" if origins else message


def rollback_change(change: ImageChange) -> ImageChange | None:
    """Return the change back to what ran before; None if that is unknown."""
    before, after = ImageReference.parse(change.before), ImageReference.parse(change.after)
    if before.digest is not None or before.effective_tag != after.effective_tag:
        return ImageChange(change.container, change.after, change.before)
    if change.ran is None:
        return None
    pinned = str(before.with_digest(change.ran))
    return ImageChange(change.container, change.after, pinned, digest=None if change.digest is None else change.ran)


def _read_change(container: str, written: object) -> ImageChange:
    """Read a change and validate its images, since a rollback writes them to the workload."""
    fields: dict[str, Any] = fields_of(written, _MAX_FIELDS)
    name(container)
    before, after = text(fields["from"]), text(fields["to"])
    ran, digest = text_or_none(fields.get("ran")), text_or_none(fields.get("digest"))
    ImageReference.parse(before)
    repository = ImageReference.parse(after).name
    for known in (ran, digest):
        if known is not None:
            ImageReference.parse(f"{repository}@{known}")
    origin = ImageOrigin.of(fields_of(fields.get("origin", {}), _MAX_FIELDS))
    return ImageChange(container, before, after, ran, digest, origin)
