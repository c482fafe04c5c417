"""The decision for a container that follows the digest of its tag."""

from __future__ import annotations

from typing import Final

from watch_cluster.domain.policy.policy import Target
from watch_cluster.domain.rollout.record.record import RolloutRecord
from watch_cluster.domain.update.by_version import no_tag
from watch_cluster.domain.update.decision import Held, HoldReason, Update, UpToDate
from watch_cluster.domain.workload.running_digests import (
    DigestComparison,
    PublishedImage,
    RunningDigests,
    compare_digests,
    majority_digest,
)
from watch_cluster.domain.workload.workload import Workload


def held_before_query(target: Target, running: RunningDigests | None) -> Held | None:
    """Return why the digest of a tag cannot be followed at all, None if it can.

    `running` is None if the orchestrator does not report it.
    """
    if target.image.effective_tag is None:
        return no_tag(target)
    if running is None:
        return _unknown(target, "the orchestrator does not report it; see Watch-Cluster's log")
    if not running:
        message = f"container {target.container}: no replica runs, so there is nothing to compare"
        return Held(HoldReason.NOTHING_RUNS, message, target.container)
    return None


def decide_digest(
    target: Target, workload: Workload, running: RunningDigests, published: PublishedImage
) -> Update | UpToDate | Held:
    """Compare the digests that replicas run with the digest of the tag at the registry.

    Nothing is changed merely to pin what is right already.
    """
    comparison = compare_digests(running, published)
    if comparison is DigestComparison.CURRENT:
        return UpToDate(target.container, target.image)
    if comparison is DigestComparison.UNKNOWN:
        return _unknown(target, "its replicas report no digest that can be compared, or do not agree on one")
    ran = majority_digest(running)
    if not target.pinned:
        if workload.template_digest == published.digest:
            return _unpinned_again(target, published.digest, "its replicas were restarted for it and run another")
        return Update(target.container, target.image, target.image, ran=ran, digest=published.digest)
    candidate = target.image.with_digest(published.digest)
    last = RolloutRecord.of(workload)
    if (
        last is not None
        and last.repeats >= _MAX_REPEATS
        and any(step.container == target.container and step.after == str(candidate) for step in last.images)
    ):
        return _unpinned_again(target, published.digest, "somebody took the digest out of the image again each time")
    return Update(target.container, target.image, candidate, ran=ran)


_MAX_REPEATS: Final = 1
"""How often the same image is rolled out again after its digest was removed."""


def _unknown(target: Target, why: str) -> Held:
    message = (
        f"container {target.container}: it is not known which digest of {str(target.image)!r} runs: {why}; restart the"
        " workload to find out"
    )
    return Held(HoldReason.RUNNING_DIGEST_UNKNOWN, message, target.container)


def _unpinned_again(target: Target, digest: str, why: str) -> Held:
    message = (
        f"container {target.container}: {str(target.image)!r} was rolled out with {digest} already, and {why}: it is"
        " left alone until the tag stands for something else"
    )
    return Held(HoldReason.UNPINNED_AGAIN, message, target.container)
