"""Reads whole collections, page by page."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

from watch_cluster.adapters.kubernetes.client.api import ApiRefused, KubernetesApi
from watch_cluster.adapters.kubernetes.watch.collection import Collection, Item, Key, Page

PAGE: Final = 200
"""Some two megabytes of Deployments: what is read at once is the most that is ever held."""
LIST_SECONDS: Final = 60.0
"""How long one page may take."""


def list_all(api: KubernetesApi, resource: Collection[Key, Item], namespace: str | None) -> tuple[list[Item], str]:
    """Read the whole collection, in one namespace or in all, and the version to watch it from.

    Raises `ApiRefused`, `ApiUnreachable`, `msgspec.DecodeError`.
    """
    limit = ("limit", str(PAGE))
    page = _page(api, resource, namespace, [limit])
    items = list(page.items)
    while page.following:
        try:
            page = _page(api, resource, namespace, [limit, ("continue", page.following)])
        except ApiRefused as error:
            if error.status != HTTPStatus.GONE:
                raise
            # The history was compacted between two pages, and may be so again: everything at once cannot expire.
            page = _page(api, resource, namespace, [])
            items.clear()
        items += page.items
    return items, page.resource_version


def describe_error(resource: Collection[Key, Item], namespace: str | None) -> str:
    """Name the collection for a person."""
    return f"{resource.plural} in {'all namespaces' if namespace is None else f'namespace {namespace}'}"


def remedy(error: ApiRefused) -> str:
    """What a person can do about the refusal, as the end of a line; empty when only the server's own words help."""
    if error.lacks_right:
        return ": kubectl apply -f k8s/rbac.yaml gives Watch-Cluster its rights"
    if error.status == HTTPStatus.UNAUTHORIZED:
        return ": the API server does not know the token or certificate that Watch-Cluster came with"
    return ""


def _page(
    api: KubernetesApi, resource: Collection[Key, Item], namespace: str | None, query: list[tuple[str, str]]
) -> Page[Item]:
    return resource.page(api.request("GET", resource.collection(namespace), query=query, timeout=LIST_SECONDS))
