"""What can be listed and watched, whatever it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

import msgspec

Key = TypeVar("Key")
Item = TypeVar("Item")
Item_co = TypeVar("Item_co", covariant=True)
Key_co = TypeVar("Key_co", covariant=True)
Item_contra = TypeVar("Item_contra", contravariant=True)
Key_contra = TypeVar("Key_contra", contravariant=True)


@dataclass(frozen=True, slots=True)
class Page(Generic[Item_co]):
    """A page of a list: the items that matter to us, the version of the list, and where the rest is."""

    items: tuple[Item_co, ...]
    resource_version: str
    following: str


class Collection(Protocol[Key_co, Item_co]):
    """All objects of one resource, read from what the API server says of them."""

    @property
    def plural(self) -> str:
        """The resource's name, as people know it."""

    def collection(self, namespace: str | None) -> str:
        """The path of all objects, in one namespace or in all."""

    def page(self, body: bytes) -> Page[Item_co]:
        """Read a page of a list. Raises `msgspec.DecodeError`."""

    def read(self, body: bytes | msgspec.Raw) -> tuple[Key_co, str, Item_co | None]:
        """Read one object: its key, its version, and the item when it matters to us. Raises `msgspec.DecodeError`."""


class View(Protocol[Key_contra, Item_contra]):
    """What a watcher keeps true for one collection."""

    def replace(self, namespace: str | None, items: Sequence[Item_contra]) -> None:
        """These are all items of the collection, in the namespace or in all."""

    def seen(self, item: Item_contra) -> None:
        """The item is like this now."""

    def gone(self, key: Key_contra) -> None:
        """The item was deleted, or does not matter to us any more."""
