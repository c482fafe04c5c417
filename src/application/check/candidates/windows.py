"""Whether a workload's windows are open, in the time zone of its schedule."""

from __future__ import annotations

from datetime import datetime

from watch_cluster.application.ports.scheduler import Scheduler
from watch_cluster.domain.policy.policy import Policy
from watch_cluster.domain.schedule.window import WindowState


def window_state(policy: Policy, now: datetime, scheduler: Scheduler) -> WindowState | None:
    """Return the state of all windows of the policy; None if it has none."""
    if not policy.windows:
        return None
    began = (scheduler.next_after(window.schedule, policy.zone, now - window.duration) for window in policy.windows)
    coming = (scheduler.next_after(window.schedule, policy.zone, now) for window in policy.windows)
    following = min((moment for moment in coming if moment is not None), default=None)
    return WindowState(
        is_open=any(moment is not None and moment <= now for moment in began),
        next_opening=None if following is None else following.astimezone(policy.zone),
    )
