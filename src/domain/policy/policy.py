"""What counts for a watched workload, and for each of its containers that is kept up to date."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from zoneinfo import ZoneInfo

from watch_cluster.domain.images.reference import ImageReference
from watch_cluster.domain.policy.quarantine import Quarantine
from watch_cluster.domain.policy.resolver import Setting
from watch_cluster.domain.policy.rollout_settings import RolloutSettings
from watch_cluster.domain.schedule import Schedule
from watch_cluster.domain.schedule.window import Window
from watch_cluster.domain.versions.strategy import Strategy
from watch_cluster.domain.workload import annotation
from watch_cluster.domain.workload.workload import Workload


@dataclass(frozen=True, slots=True)
class Target:
    """A container that is kept up to date, and how. `pinned` is whether its image is written with a digest."""

    container: str
    image: ImageReference
    strategy: Strategy
    pinned: bool = False


@dataclass(frozen=True, slots=True)
class Policy:
    """What counts for one watched workload.

    `rollout_settings` are those that its rollouts start with, `quarantine` are the images not to be tried again.
    `approved` are the tags and digests that somebody has approved. `settings` are all values, and where each is set.
    """

    schedule: Schedule
    zone: ZoneInfo
    rollout_settings: RolloutSettings
    targets: tuple[Target, ...]
    min_age: timedelta = timedelta()
    windows: tuple[Window, ...] = ()
    notify_only: bool = False
    approval_required: bool = False
    approved: frozenset[str] = frozenset()
    quarantine: Quarantine = field(default_factory=Quarantine)
    settings: tuple[Setting, ...] = field(default=(), repr=False)


def is_opted_in(workload: Workload) -> bool:
    """Whether the owner opted in, or tried to: anything but `false` and an absent annotation is looked at."""
    return workload.annotations.get(annotation.ENABLED, "false") != "false"
