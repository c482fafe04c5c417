"""The candidates of a container that follows versions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from watch_cluster.domain.policy.policy import Target
from watch_cluster.domain.update.decision import Held, HoldReason, Update, UpToDate
from watch_cluster.domain.versions.choice import Choice, ChoiceHold, describe_allowed
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
            f"container {target.container}: {error}; give the image {str(current)!r} a version tag such as 1.2.3, say"
            f" with {annotation.TAG_PATTERN} which part of it is the version, or set {annotation.STRATEGY}: latest to"
            " follow what the tag stands for",
            target.container,
        )
    if choice.hold is not None:
        message = f"container {target.container}: {choice.message}"
        return Held(_HOLDS[choice.hold], message, target.container, choice.evaluated_tags)
    plain = current.without_digest()
    updates = tuple(
        Update(target.container, current, plain.with_tag(each), choice.evaluated_tags, ran=current.digest)
        for each in choice.kept
    )
    if target.database is not None:
        return _within_major_version(target, target.database, choice, updates)
    return updates or UpToDate(target.container, current, choice.evaluated_tags)


_HOLDS: Final = {
    ChoiceHold.LEFT_BEHIND: HoldReason.LEFT_BEHIND,
    ChoiceHold.TWO_VERSIONS: HoldReason.TWO_VERSIONS,
}


def _within_major_version(
    target: Target, database: str, choice: Choice, updates: tuple[Update, ...]
) -> tuple[Update, ...] | UpToDate | Held:
    """Leave of the updates those that keep the first number: the next major version cannot read the data."""
    crossing = frozenset(choice.crossing)
    if not crossing:
        return updates or UpToDate(target.container, target.image, choice.evaluated_tags)
    why = f"another major version of {database}"
    best = next((tag for tag in choice.kept if tag not in crossing), None)
    evaluated_tags = tuple(
        each._replace(kept=False, reason=why)
        if each.tag in crossing
        else each._replace(reason=describe_allowed(each.tag, best))
        if each.kept and best is not None
        else each
        for each in choice.evaluated_tags
    )
    inside = tuple(
        replace(each, evaluated_tags=evaluated_tags) for each in updates if each.candidate.effective_tag not in crossing
    )
    if inside:
        return inside
    newest = next(each for each in updates if each.candidate.effective_tag in crossing)
    message = (
        f"container {target.container}: {newest.target} is available, and {why} may not read the data of this one: set"
        f" {annotation.STRATEGY}: version-lock-major to stay, or {annotation.STRATEGY}: version to have it"
    )
    return Held(
        HoldReason.MAJOR_VERSION_OF_DATABASE,
        message,
        target.container,
        evaluated_tags,
        replace(newest, evaluated_tags=evaluated_tags),
    )


def no_tag(target: Target) -> Held:
    """Hold back what names no tag, so that nothing says what to follow."""
    return Held(
        HoldReason.NO_TAG,
        f"container {target.container}: image {str(target.image)!r} has a digest and no tag, so nothing says what to"
        f" follow: write a tag before the digest, such as {target.image.repository.path}:1.2.3@sha256:…",
        target.container,
    )
