"""The settings under which a rollout ends: those that it began with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class RolloutSettings:
    """The settings that a rollout keeps until it ends, even if they are changed meanwhile.

    `timeout` is the longest time without progress, `soak` how long its replicas must stay healthy, and `rollback`
    whether the old images are put back when it fails.
    """

    timeout: timedelta
    soak: timedelta = timedelta(seconds=30)
    rollback: bool = True
