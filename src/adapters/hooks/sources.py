"""The table of sources: how each proves who it is, and what it writes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from watch_cluster.adapters.hooks.bodies import clouds, forges, registries
from watch_cluster.adapters.hooks.proofs import (
    Proof,
    any_of,
    authorization,
    header,
    signature,
    token_in_query,
)
from watch_cluster.domain.images.pushed import PushedRepository


@dataclass(frozen=True, slots=True)
class Source:
    """A kind of sender. `read` raises `InvalidBody`, and returns nothing for what is no push."""

    proof: Proof
    read: Callable[[bytes], tuple[PushedRepository, ...]]


_HUB_SIGNATURE: Final = signature("x-hub-signature-256", "sha256=")
_JFROG_HEADER: Final = "x-jfrog-event-auth"

SOURCES: Final[Mapping[str, Source]] = {
    "acr": Source(authorization, clouds.acr),
    "artifact-registry": Source(token_in_query, clouds.artifact_registry),
    "distribution": Source(authorization, registries.distribution),
    "docker-hub": Source(token_in_query, registries.docker_hub),
    "ecr": Source(authorization, clouds.ecr),
    "generic": Source(any_of(authorization, _HUB_SIGNATURE), registries.generic),
    "ghcr": Source(_HUB_SIGNATURE, forges.ghcr),
    "gitea": Source(signature("x-gitea-signature"), forges.gitea),
    "gitlab": Source(any_of(header("x-gitlab-token"), authorization), forges.gitlab),
    "harbor": Source(authorization, registries.harbor),
    "jfrog": Source(any_of(header(_JFROG_HEADER), signature(_JFROG_HEADER)), registries.jfrog),
    "quay": Source(token_in_query, registries.quay),
}
"""The sources by the name in the path, `/hooks/{source}`."""
