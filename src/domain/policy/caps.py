"""The limits that the operator sets for all workloads, regardless of their annotations."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

from watch_cluster.domain.policy.rollout_settings import RolloutSettings
from watch_cluster.domain.schedule.duration import describe_duration
from watch_cluster.domain.workload import annotation


@dataclass(frozen=True, slots=True)
class Caps:
    """The longest `soak` and `rollout_timeout`, and the shortest `check_interval`, zero for as short as cron can be.

    `after_other_namespaces` is whether `after` may name workloads of other namespaces.
    """

    soak: timedelta = timedelta(days=7)
    rollout_timeout: timedelta = timedelta(days=1)
    check_interval: timedelta = timedelta()
    after_other_namespaces: bool = True

    def limit(self, settings: RolloutSettings) -> RolloutSettings:
        """The settings of a rollout within the caps: a record may be older than the caps, or edited."""
        return replace(
            settings, timeout=min(settings.timeout, self.rollout_timeout), soak=min(settings.soak, self.soak)
        )


def limited_checks(interval: timedelta) -> str:
    """The message to owners whose schedule fires more often than that."""
    return (
        f"{annotation.CRON} fires more often than the controller allows: it is checked every"
        f" {describe_duration(interval)} at most (MIN_CHECK_INTERVAL)"
    )
