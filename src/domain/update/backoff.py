"""When an image is retried after a rollout that failed because of its environment."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from watch_cluster.domain.policy.quarantine import Quarantine, entries_for
from watch_cluster.domain.rollout.record.failure import FailureCause
from watch_cluster.domain.rollout.record.record import RolloutRecord
from watch_cluster.domain.update.decision import Update
from watch_cluster.domain.workload.workload import Workload
from watch_cluster.tools.backoff import exponential_backoff

FIRST_PAUSE: Final = timedelta(minutes=10)
MOST_RETRIES: Final = 3


def tried_lately(workload: Workload, update: Update, now: datetime) -> str | None:
    """Return why the candidate is not retried now; None if it may be rolled out.

    The pauses double. After the last retry, only a change of the workload by others leads to another one.
    """
    record = RolloutRecord.of(workload)
    if (
        record is None
        or record.is_open
        or record.failure is None
        or record.failure.cause is not FailureCause.ENVIRONMENT
    ):
        return None
    ended = record.ended or record.started
    steps = [each for each in record.images if each.container == update.container]
    if workload.last_modified_by_others > ended or not Quarantine(entries_for(steps)).contains(update.image):
        return None
    if record.retries >= MOST_RETRIES:
        times = record.retries + 1
        return f"it failed {times} times by no fault of its own, and is tried again when somebody changes the workload"
    again = ended + exponential_backoff(record.retries, FIRST_PAUSE, FIRST_PAUSE * 2**MOST_RETRIES)
    if now >= again:
        return None
    return (
        f"it failed by no fault of its own, and is tried again from {again.isoformat(sep=' ', timespec='minutes')} on"
    )
