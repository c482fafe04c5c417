"""The candidates of a container that follows versions."""

from __future__ import annotations

from collections.abc import Iterable

from watch_cluster.domain.policy.policy import Target
from watch_cluster.domain.update.decision import Held, HoldReason, Update, UpToDate
from watch_cluster.domain.versions.strategy import Strategy
from watch_cluster.domain.versions.version import InvalidVersion
from watch_cluster.domain.workload import annotation


def candidates(target: Target, strategy: Strategy, tags: Iterable[str]) -> tuple[Update, ...] | UpToDate | Held:
    """Name every update that the strategy lets through, the best first, among the tags that the registry listed."""
    current = target.image
    tag = current.effective_tag
    if tag is None:
        return no_tag(target)
    try:
        choice = strategy.choose(tag, tags)
    except InvalidVersion as error:
        return Held(
            HoldReason.TAG_NOT_A_VERSION,
            f"container {target.container}: {error}; give the image {str(current)!r} a version tag such as 1.2.3, or"
            f" set {annotation.STRATEGY}: latest to follow what the tag stands for",
            target.container,
        )
    plain = current.without_digest()
    updates = tuple(
        Update(target.container, current, plain.with_tag(each), choice.evaluated_tags, ran=current.digest)
        for each in choice.kept
    )
    return updates or UpToDate(target.container, current, choice.evaluated_tags)


def no_tag(target: Target) -> Held:
    """Hold back what names no tag, so that nothing says what to follow."""
    return Held(
        HoldReason.NO_TAG,
        f"container {target.container}: image {str(target.image)!r} has a digest and no tag, so nothing says what to"
        f" follow: write a tag before the digest, such as {target.image.repository.path}:1.2.3@sha256:…",
        target.container,
    )
