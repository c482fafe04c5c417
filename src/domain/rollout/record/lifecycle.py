"""The states of a rollout, and the milestones that receivers are notified of."""

from __future__ import annotations

from enum import StrEnum


class RolloutState(StrEnum):
    """The state of a rollout. All but `proposed` and `running` are final.

    A rollout that is being rolled back is still running, or proposed again. One that is `withdrawn` never ran.
    """

    PROPOSED = "proposed"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    ROLLED_BACK = "rolled-back"
    SUPERSEDED = "superseded"
    WITHDRAWN = "withdrawn"


class Milestone(StrEnum):
    """What receivers are notified of after the start of a rollout, each at most once."""

    COMPLETED = "completed"
    FAILED = "failed"
    ROLLED_BACK = "rolled-back"
    ROLLBACK_FAILED = "rollback-failed"
