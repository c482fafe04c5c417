"""What a registry publishes, with the other digests of the image where these are needed to recognize it."""

from __future__ import annotations

from watch_cluster.application.registry_queries.queries import RegistryQueries
from watch_cluster.domain.images.reference import ImageReference
from watch_cluster.domain.workload.running_digests import PublishedImage, RunningDigests


def published_image(
    registry: RegistryQueries, image: ImageReference, digest: str, running: RunningDigests
) -> PublishedImage:
    """Return the image of that digest, to be compared with what replicas run. Raises `RegistryError`."""
    published = PublishedImage(digest)
    if all(each is not None and published.includes(each.digest) for each in running):
        return published
    configs = any(each is not None and each.bare for each in running)
    return PublishedImage(digest, registry.contents(image, digest, configs=configs))
