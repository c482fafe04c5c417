"""The policy of a watched workload: its settings as typed values."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from zoneinfo import ZoneInfo

from watch_cluster.domain.images.reference import ImageReference
from watch_cluster.domain.policy.quarantine import Quarantine
from watch_cluster.domain.policy.resolver import Setting
from watch_cluster.domain.policy.rollout_settings import RolloutSettings
from watch_cluster.domain.policy.values.predecessor import Predecessor
from watch_cluster.domain.policy.values.verification import SecretKeyRef
from watch_cluster.domain.policy.values.write_back import WriteBack
from watch_cluster.domain.schedule import Schedule
from watch_cluster.domain.schedule.window import Window
from watch_cluster.domain.versions.strategy import Strategy
from watch_cluster.domain.workload import annotation
from watch_cluster.domain.workload.workload import Workload


@dataclass(frozen=True, slots=True)
class Target:
    """A watched container and its strategy. `pinned` is whether its image is written with a digest.

    `database` names the database in the image, if the owner has not chosen a strategy.
    """

    container: str
    image: ImageReference
    strategy: Strategy
    pinned: bool = False
    database: str | None = None


@dataclass(frozen=True, slots=True)
class Policy:
    """The effective settings of one watched workload.

    `quarantine` are the images that are not rolled out again, `approved` the approved tags and digests. `after` are the
    workloads on which an image must have run well before. `verify` is whether images must be signed, `verify_key` with
    which key of the owner, None for the keys of the controller alone.
    `ignores_gitops` is whether the owner has made an exception in the tool that applies the workload from Git.
    `write_back` is where images are proposed instead of being set on the live workload, None if they are set there.
    `settings` are the texts of all settings, with the places where they are set.
    """

    schedule: Schedule
    zone: ZoneInfo
    rollout_settings: RolloutSettings
    targets: tuple[Target, ...]
    min_age: timedelta = timedelta()
    after: tuple[Predecessor, ...] = ()
    verify: bool = False
    verify_key: SecretKeyRef | None = None
    windows: tuple[Window, ...] = ()
    notify_only: bool = False
    approval_required: bool = False
    approved: frozenset[str] = frozenset()
    ignores_gitops: bool = False
    write_back: WriteBack | None = None
    quarantine: Quarantine = field(default_factory=Quarantine)
    settings: tuple[Setting, ...] = field(default=(), repr=False)

    @property
    def verify_required(self) -> bool:
        """Whether the owner requires signed images. A key says so, too."""
        return self.verify or self.verify_key is not None


def is_opted_in(workload: Workload) -> bool:
    """Whether the owner opted in or tried to: any value of `enabled` except `false`."""
    return workload.annotations.get(annotation.ENABLED, "false") != "false"
