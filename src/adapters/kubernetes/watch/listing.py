"""Reads whole collections, page by page, with a limit on the bytes that are held at once."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from http import HTTPStatus
from typing import Final

import msgspec

from watch_cluster.adapters.kubernetes.client.api import (
    MAX_OBJECT_BYTES,
    ApiRefused,
    ApiTooLarge,
    KubernetesApi,
)
from watch_cluster.adapters.kubernetes.client.decoding import decode
from watch_cluster.adapters.kubernetes.resources.objects.collection import Collection, Item, Key, UnreadableObject
from watch_cluster.adapters.kubernetes.resources.objects.metadata import ListMetadata

FIRST_PAGE: Final = 50
MAX_PAGE: Final = 500
PAGE_BYTES: Final = 1024 * 1024
"""What a page should have. How many objects that are is learned from the page before."""
MAX_PAGE_BYTES: Final = 4 * 1024 * 1024
"""A larger page is not read to its end: the same objects are listed again in smaller pages."""
LIST_SECONDS: Final = 60.0
"""How long one page may take."""
_SHRINK: Final = 8
"""By how much a page that is too large shrinks."""


class _List(msgspec.Struct):
    """Any list (meta/v1), whose items are decoded one by one."""

    metadata: ListMetadata
    items: list[msgspec.Raw] | None = None


_LIST: Final = msgspec.json.Decoder(_List)

OnUnreadable = Callable[[str, UnreadableObject], None]
"""Takes the resource and the object that was left out."""


def list_all(
    api: KubernetesApi,
    resource: Collection[Key, Item],
    namespace: str | None,
    on_unreadable: OnUnreadable,
    selector: str = "",
    max_bytes: float = math.inf,
) -> tuple[list[Item], str]:
    """Read the whole collection, in one namespace or in all, and the version to watch it from.

    `selector` is a label selector that narrows it. After `max_bytes` no further page is read, and the version is empty.
    An object that cannot be read is left out and handed to `on_unreadable`. Raises `ApiRefused`, `ApiUnreachable`, and
    `msgspec.DecodeError` when what comes is no list.
    """
    try:
        return _list_pages(api, resource, namespace, on_unreadable, selector, max_bytes)
    except ApiRefused as error:
        if error.status != HTTPStatus.GONE:
            raise
    # The history was compacted between two pages: once more from the start.
    return _list_pages(api, resource, namespace, on_unreadable, selector, max_bytes)


def _list_pages(
    api: KubernetesApi,
    resource: Collection[Key, Item],
    namespace: str | None,
    on_unreadable: OnUnreadable,
    selector: str,
    max_bytes: float,
) -> tuple[list[Item], str]:
    items: list[Item] = []
    left = max_bytes
    path, limit, following = resource.collection(namespace), FIRST_PAGE, ""
    while True:
        query = [("limit", str(limit)), ("continue", following), ("labelSelector", selector)]
        body = _page(api, path, [(name, value) for name, value in query if value], limit)
        if body is None:
            limit = max(1, limit // _SHRINK)
            continue
        limit = max(1, min(2 * limit, MAX_PAGE, limit * PAGE_BYTES // max(1, len(body))))
        page = decode(_LIST, body)
        items += _items(resource, page.items or (), on_unreadable)
        following = page.metadata.following
        left -= len(body)
        if not following or left < 0:
            return items, "" if following else page.metadata.resource_version


def _page(api: KubernetesApi, path: str, query: list[tuple[str, str]], limit: int) -> bytes | None:
    """Read one page, None when it is too large and may be made smaller."""
    max_bytes = MAX_PAGE_BYTES if limit > 1 else MAX_OBJECT_BYTES
    try:
        return api.request("GET", path, query=query, timeout=LIST_SECONDS, max_bytes=max_bytes)
    except ApiTooLarge:
        if limit == 1:
            raise
        return None


def _items(
    resource: Collection[Key, Item], objects: Iterable[msgspec.Raw], on_unreadable: OnUnreadable
) -> Iterator[Item]:
    for each in objects:
        try:
            _, _, item = resource.read(each)
        except UnreadableObject as error:
            on_unreadable(resource.plural, error)
            continue
        if item is not None:
            yield item


def describe_collection(resource: Collection[Key, Item], namespace: str | None) -> str:
    """Name the collection for a person."""
    return f"{resource.plural} in {'all namespaces' if namespace is None else f'namespace {namespace}'}"


def remedy(error: Exception) -> str:
    """What a person can do about the failure, as the end of a line; empty when only the server's own words help."""
    if not isinstance(error, ApiRefused):
        return ""
    if error.lacks_right:
        return ": kubectl apply -f k8s/rbac.yaml gives Watch-Cluster its rights"
    if error.status == HTTPStatus.UNAUTHORIZED:
        return ": the API server does not know the token or certificate of Watch-Cluster"
    return ""
