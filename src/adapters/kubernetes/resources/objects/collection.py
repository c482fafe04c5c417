"""What can be listed and watched."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Protocol, TypeVar

import msgspec

from watch_cluster.adapters.kubernetes.resources.objects.metadata import ObjectMetadata

Key = TypeVar("Key")
Item = TypeVar("Item")
Item_co = TypeVar("Item_co", covariant=True)
Key_co = TypeVar("Key_co", covariant=True)
Item_contra = TypeVar("Item_contra", contravariant=True)
Key_contra = TypeVar("Key_contra", contravariant=True)


class UnreadableObject(Exception):  # noqa: N818 - an expected outcome, not a defect
    """One object that cannot be read; the message says why in one line.

    `key` is its key in its collection, `metadata` what identifies it. `defect` is the error of ours if it was no
    expected one, which is to be counted.
    """

    def __init__(self, key: Hashable, metadata: ObjectMetadata, why: str, defect: Exception | None = None) -> None:
        super().__init__(why)
        self.key = key
        self.metadata = metadata
        self.defect = defect


class Collection(Protocol[Key_co, Item_co]):
    """All objects of one resource, read from what the API server says of them."""

    @property
    def plural(self) -> str:
        """The resource's name, as people know it."""

    def collection(self, namespace: str | None) -> str:
        """The path of all objects, in one namespace or in all."""

    def read(self, body: bytes | msgspec.Raw) -> tuple[Key_co, str, Item_co | None]:
        """Read one object: its key, its version, and the item when it matters to us.

        Raises `UnreadableObject`, and `msgspec.DecodeError` when it is no object at all.
        """


class View(Protocol[Key_contra, Item_contra]):
    """What a watcher keeps true for one collection."""

    def replace(self, namespace: str | None, items: Sequence[Item_contra]) -> None:
        """These are all items of the collection, in the namespace or in all."""

    def seen(self, item: Item_contra) -> None:
        """The item is like this now."""

    def gone(self, key: Key_contra) -> None:
        """The item was deleted, or does not matter to us any more."""

    def left_out(self, namespace: str | None) -> None:
        """The server does not serve the collection, or does not let us see it: nothing of it is known."""
