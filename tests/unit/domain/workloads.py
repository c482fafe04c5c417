"""Workloads for tests of what is decided about them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from watch_cluster.adapters.kubernetes.wording import ALWAYS_PULL
from watch_cluster.adapters.re2.tag_patterns import compile_tag_pattern
from watch_cluster.domain.policy.policy_reader import PolicyReader
from watch_cluster.domain.workload import annotation
from watch_cluster.domain.workload.workload import Container, Progress, Workload, WorkloadKey

NOON: Final = datetime(2031, 1, 1, 12, tzinfo=UTC)
SHOP: Final = WorkloadKey("default", "Deployment", "shop")
read_policy: Final = PolicyReader(compile_tag_pattern, always_pull=ALWAYS_PULL)
COMPLETE: Final = Progress(observed=True, desired=2, updated=2, available=2, outdated=0)


def a_workload(*images: str, **settings: str) -> Workload:
    """The shop with these images in containers `app`, `app1`, …; settings are annotations, `_` for `-`."""
    containers = tuple(Container(f"app{number or ''}", image) for number, image in enumerate(images))
    written = {f"{annotation.DOMAIN}/{key.replace('_', '-')}": value for key, value in settings.items()}
    return Workload(SHOP, "uid-1", containers, COMPLETE, NOON, written)
