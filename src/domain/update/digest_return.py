"""Going back to a digest that was replaced lately, which a mirror that is behind makes of a tag."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from watch_cluster.domain.images.reference import ImageReference
from watch_cluster.domain.rollout.record.record import RolloutRecord
from watch_cluster.domain.update.decision import HoldReason, Update
from watch_cluster.domain.update.rejections import Rejection
from watch_cluster.domain.workload.workload import Workload

LATELY: Final = timedelta(days=1)
"""For how long after a rollout the digest that it replaced is not taken back at once."""
STABLE: Final = timedelta(hours=1)
"""For how long a tag must have stood for such a digest, at each check, before it is taken back."""


def digest_to_go_back_to(workload: Workload, update: Update, now: datetime) -> str | None:
    """Return the update's digest if the last rollout replaced it under the same tag lately, else None."""
    digest = update.digest or update.candidate.digest
    last = RolloutRecord.of(workload)
    if last is None or digest is None or now - (last.ended or last.started) >= LATELY:
        return None
    for step in last.images:
        before = ImageReference.parse(step.before)
        same_tag = before.effective_tag == update.candidate.effective_tag
        if step.container == update.container and same_tag and digest == (before.digest or step.ran):
            return digest
    return None


def replaced_lately(age: timedelta) -> Rejection | None:
    """Reject such a digest until the tag has stood for it long enough. `age` is for how long it was seen."""
    if age >= STABLE:
        return None
    why = f"the last rollout replaced this digest, and the tag has stood for it again for {_rounded(age)} of {STABLE}"
    return Rejection(HoldReason.TOO_YOUNG, why, why)


def _rounded(duration: timedelta) -> timedelta:
    return timedelta(seconds=int(duration.total_seconds()))
