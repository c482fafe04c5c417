"""Applies the events of one watch to its view."""

from __future__ import annotations

from typing import Final, Generic, cast

import msgspec

from watch_cluster.adapters.kubernetes.client.api import ApiRefused
from watch_cluster.adapters.kubernetes.client.decoding import decode
from watch_cluster.adapters.kubernetes.resources.objects.collection import Collection, Item, Key, UnreadableObject, View
from watch_cluster.adapters.kubernetes.resources.objects.metadata import Bookmark, Status, WatchEvent
from watch_cluster.adapters.kubernetes.watch.unreadable import UnreadableObjects

_EVENTS: Final = msgspec.json.Decoder(WatchEvent)
_BOOKMARKS: Final = msgspec.json.Decoder(Bookmark)
_STATUSES: Final = msgspec.json.Decoder(Status)


class EventReader(Generic[Key, Item]):
    """Reads events of a watch, one line each (meta/v1 WatchEvent)."""

    def __init__(self, resource: Collection[Key, Item], view: View[Key, Item], unreadable: UnreadableObjects) -> None:
        self._resource = resource
        self._view = view
        self._unreadable = unreadable

    def apply(self, line: bytes) -> str:
        """Apply one event to the view, and return the version to watch on from.

        An object that cannot be read counts as gone. Raises `ApiRefused` for an error that the server reports, and
        `msgspec.DecodeError`.
        """
        event = decode(_EVENTS, line)
        if event.type == "BOOKMARK":
            return decode(_BOOKMARKS, event.object).metadata.resource_version
        if event.type == "ERROR":
            status = decode(_STATUSES, event.object)
            raise ApiRefused(status.code, status.reason, " ".join(status.message.split()))
        try:
            key, version, item = self._resource.read(event.object)
        except UnreadableObject as error:
            if event.type != "DELETED":
                self._unreadable.report(self._resource.plural, error)
            self._view.gone(cast("Key", error.key))
            return error.metadata.resource_version
        if event.type == "DELETED" or item is None:
            self._view.gone(key)
        else:
            self._view.seen(item)
        return version
