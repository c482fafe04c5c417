"""Sends registry queries to mirrors, so that other code need not know about mirrors."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from watch_cluster.application.ports.registry.image_registry import RegistryUnavailable
from watch_cluster.domain.images.credential import Credential
from watch_cluster.domain.images.mirror import Mirror
from watch_cluster.domain.images.reference import Repository

ResponseT = TypeVar("ResponseT")


def query_through_mirrors(
    mirrors: tuple[Mirror, ...],
    repository: Repository,
    candidates_for: Callable[[Repository], tuple[Credential, ...]],
    query: Callable[[Repository, tuple[Credential, ...]], ResponseT],
) -> ResponseT:
    """Query the repository's mirror, or its own registry if it has no mirror or the mirror is unavailable.

    Each gets its own credentials: those of a registry are never sent to its mirror. Raises what `query` and
    `candidates_for` raise; if both are unavailable, the error names both reasons.
    """
    mirrored = next(
        (source for source in (mirror.rewrite(repository) for mirror in mirrors) if source is not None), None
    )
    if mirrored is None:
        return query(repository, candidates_for(repository))
    try:
        return query(mirrored, candidates_for(mirrored))
    except RegistryUnavailable as unavailable:
        try:
            return query(repository, candidates_for(repository))
        except RegistryUnavailable as error:
            raise RegistryUnavailable(f"{error}; and at its mirror, {unavailable}", error.retry_at) from error
