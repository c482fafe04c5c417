"""The metadata of the API server's objects, lists and watches: the fields that are used."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec

from watch_cluster.domain.workload.annotation import is_watch_cluster_key


class ManagedFields(msgspec.Struct, rename="camel", gc=False):
    """Who wrote to the object, and when last (meta/v1 ManagedFieldsEntry, without the fields).

    Clients may write any time, also of a year that Python does not know: see `parse_time`.
    """

    manager: str = ""
    subresource: str = ""
    time: str | None = None


class OwnerReference(msgspec.Struct, rename="camel", gc=False):
    """Part of meta/v1 OwnerReference."""

    api_version: str = ""
    kind: str = ""
    name: str = ""
    uid: str = ""
    controller: bool = False


class ObjectMetadata(msgspec.Struct, rename="camel"):
    """Part of meta/v1 ObjectMeta: what identifies an object, and its annotations."""

    name: str = ""
    namespace: str = ""
    uid: str = ""
    resource_version: str = ""
    annotations: dict[str, str] | None = None

    @property
    def our_annotations(self) -> dict[str, str]:
        """The annotations with our prefix."""
        return {key: value for key, value in (self.annotations or {}).items() if is_watch_cluster_key(key)}


class Metadata(ObjectMetadata, rename="camel"):
    """More of meta/v1 ObjectMeta."""

    generation: int = 0
    creation_timestamp: str | None = None
    labels: dict[str, str] | None = None
    owner_references: list[OwnerReference] | None = None
    managed_fields: list[ManagedFields] | None = None

    @property
    def controller(self) -> OwnerReference | None:
        """The owner that controls the object."""
        return next((each for each in self.owner_references or () if each.controller), None)


class ListMetadata(msgspec.Struct, rename={"resource_version": "resourceVersion", "following": "continue"}):
    """Part of meta/v1 ListMeta."""

    resource_version: str = ""
    following: str = ""


class WatchEvent(msgspec.Struct):
    """A line of a watch (meta/v1 WatchEvent)."""

    type: str
    object: msgspec.Raw


class Bookmark(msgspec.Struct):
    """An object of which only the version counts."""

    metadata: ObjectMetadata


class Status(msgspec.Struct):
    """Part of meta/v1 Status, which a watch carries when it fails."""

    code: int = 0
    reason: str = ""
    message: str = ""


class Condition(msgspec.Struct):
    """Part of apps/v1 DeploymentCondition and core/v1 PodCondition."""

    type: str
    status: str
    reason: str = ""
    message: str = ""


def parse_time(text: str | None) -> datetime | None:
    """Read a meta/v1 Time; None for none, and for one that is outside the years 1 to 9999 in UTC."""
    if text is None:
        return None
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
