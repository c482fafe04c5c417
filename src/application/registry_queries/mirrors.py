"""Asks a mirror where there is one, so that whatever asks registries need not know of mirrors."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from watch_cluster.application.ports.registry.image_registry import RegistryUnavailable
from watch_cluster.domain.images.credential import Credential
from watch_cluster.domain.images.mirror import Mirror
from watch_cluster.domain.images.reference import Repository

AnswerT = TypeVar("AnswerT")


def query_through_mirrors(
    mirrors: tuple[Mirror, ...],
    repository: Repository,
    candidates_for: Callable[[Repository], tuple[Credential, ...]],
    ask: Callable[[Repository, tuple[Credential, ...]], AnswerT],
) -> AnswerT:
    """Ask for the repository at its mirror, and at its own registry when it has none or that cannot answer now.

    Each is asked with the credentials that are meant for itself: what opens a registry is never sent to its mirror.
    Raises what `ask` and `candidates_for` raise; when neither can answer now, the error tells of both.
    """
    mirrored = next((place for place in (each.rewrite(repository) for each in mirrors) if place is not None), None)
    if mirrored is None:
        return ask(repository, candidates_for(repository))
    try:
        return ask(mirrored, candidates_for(mirrored))
    except RegistryUnavailable as away:
        try:
            return ask(repository, candidates_for(repository))
        except RegistryUnavailable as error:
            raise RegistryUnavailable(f"{error}; and at its mirror, {away}", error.retry_at) from error
