"""Containers of one machine, for the tests of this folder."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from watch_cluster.adapters.docker.containers.facts import Facts
from watch_cluster.adapters.docker.containers.group import Group, ImageFacts, group_of
from watch_cluster.adapters.docker.state.store import Entry
from watch_cluster.domain.workload.annotation import ENABLED
from watch_cluster.domain.workload.workload import WorkloadKey

KEY = WorkloadKey("machine", "Container", "web")
NOW = datetime(2031, 1, 1, tzinfo=UTC)


def container(name: str = "web", image: str = "shop:1", **rest: Any) -> Facts:
    given = {"labels": {ENABLED: "true"}, "status": "running", "started_at": NOW, "created": NOW, **rest}
    return Facts(f"{name}-{image}", name, image, "sha256:abc", **given)


def group(*containers: Facts, entry: Entry | None = None, image: ImageFacts | None = None) -> Group:
    images = {"sha256:abc": image or ImageFacts()}
    return group_of(KEY, containers, entry or Entry(), images, {each.id: "no database" for each in containers})
