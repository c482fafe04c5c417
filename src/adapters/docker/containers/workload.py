"""Makes a workload of the core out of the containers of a group."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from watch_cluster.adapters.docker.containers.facts import Facts
from watch_cluster.adapters.docker.containers.group import Group, ImageFacts, effective_image, latest_entry, should_run
from watch_cluster.adapters.docker.containers.names import (
    COMPOSE_SERVICE,
    INTERNAL,
    REPLACES,
    SERVICE,
    SETTINGS_SINCE,
    Role,
)
from watch_cluster.adapters.docker.state.store import EffectiveImage, Entry
from watch_cluster.application.ports.orchestrator.rollout_observer import OUR_NAME
from watch_cluster.domain.rollout.record.record import RolloutRecord
from watch_cluster.domain.workload import annotation
from watch_cluster.domain.workload.workload import Container, Progress, Workload, WorkloadKey

STOPPED: Final = "it is stopped"
_OTHERS: Final = {
    "com.docker.swarm.service.name": "Swarm service",
    "io.kubernetes.pod.name": "Kubernetes, Pod",
}
"""Labels of containers that another orchestrator made."""


def workload_of(group: Group) -> Workload | None:
    """The workload; None when it has no container, or no setting of ours."""
    newest = group.newest
    if newest is None:
        return None
    entry = latest_entry(group)
    annotations = _annotations(newest, entry, group.images.get(newest.image_id, ImageFacts()))
    if not annotations:
        return None
    image = effective_image(newest, entry)
    bare = Workload(
        group.key,
        uid_of(group.key),
        (Container(group.key.name, image.image, always_pulled=True),),
        Progress(observed=True, desired=0, updated=0, available=0, outdated=0),
        _settings_since(newest),
        annotations,
        template_digest=image.digest,
        owner=_owner(newest),
        paused=any(each.status == "paused" for each in group.active),
        resume_command=f"docker unpause {newest.base}",
    )
    record = RolloutRecord.of(bare)
    running = record is not None and record.running
    return replace(bare, progress=_progress(group, image, entry, running=running))


def uid_of(key: WorkloadKey) -> str:
    """An identity that outlives containers: a workload is known by its name."""
    return hashlib.sha256(str(key).encode()).hexdigest()[:24]


def last_changed_by(group: Group) -> str | None:
    """The program that last set the image."""
    newest = group.newest
    if newest is None:
        return None
    if REPLACES in newest.labels or newest.id in group.entry.images:
        return OUR_NAME
    return "docker compose" if COMPOSE_SERVICE in newest.labels and group.key.kind == SERVICE else "docker"


def _progress(group: Group, target: EffectiveImage, entry: Entry, *, running: bool) -> Progress:
    running_slots = [slot for slot in group.slots.values() if should_run(slot, rolling=running)]
    active = [slot.active for slot in running_slots if slot.active is not None]
    # A successor that was only created is a decided change: its replica is still the old one.
    updated = [each for each in active if each.role is Role.CURRENT and effective_image(each, entry) == target]
    return Progress(
        observed=True,
        desired=len(running_slots),
        updated=len(updated),
        available=sum(each.ready for each in active if each.role is Role.CURRENT),
        outdated=len(active) - len(updated),
        unverifiable=None if running_slots else STOPPED,
    )


def _annotations(newest: Facts, entry: Entry, image: ImageFacts) -> dict[str, str]:
    """The settings of the owner, and our records.

    A label that equals the image's own was not set by the owner: the builder of an image must not opt in its users.
    """
    given = image.labels or {}
    settings = {
        key: value
        for key, value in newest.labels.items()
        if annotation.is_watch_cluster_key(key)
        and key not in INTERNAL
        and key not in annotation.WRITTEN
        and given.get(key) != value
        and entry.hidden.get(key) != value
    }
    return {**settings, **entry.written}


def _owner(newest: Facts) -> str | None:
    if newest.auto_remove:
        return "docker run --rm, which removes the container when it stops and"
    for label, name in _OTHERS.items():
        if label in newest.labels:
            return f"{name} {newest.labels[label]}"
    return None


def _settings_since(newest: Facts) -> datetime:
    try:
        return datetime.fromisoformat(newest.labels[SETTINGS_SINCE]).astimezone(UTC)
    except (KeyError, ValueError):
        return newest.created
