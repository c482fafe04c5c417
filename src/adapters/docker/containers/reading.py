"""Makes workloads and replicas of the core out of containers."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from watch_cluster.adapters.docker.containers.facts import Facts
from watch_cluster.adapters.docker.containers.names import (
    COMPOSE_SERVICE,
    INTERNAL,
    REPLACES,
    SERVICE,
    SETTINGS_SINCE,
    START,
    STATE_VERSION,
    Role,
)
from watch_cluster.adapters.docker.state.store import Entry, Shown
from watch_cluster.domain.images.reference import ImageReference, InvalidImageReference
from watch_cluster.domain.rollout.record.record import RolloutRecord
from watch_cluster.domain.workload import annotation
from watch_cluster.domain.workload.replica import Cause, ContainerProblem, ContainerState, Replica
from watch_cluster.domain.workload.running_digests import RunningImage
from watch_cluster.domain.workload.workload import Container, Progress, Workload, WorkloadKey

STOPPED: Final = "it is stopped"
_OTHERS: Final = {
    "com.docker.swarm.service.name": "Swarm service",
    "io.kubernetes.pod.name": "Kubernetes, Pod",
}
"""Labels of containers that another orchestrator made."""


@dataclass(frozen=True, slots=True)
class ImageFacts:
    """An image of the engine: the references by digest that it was pulled with, and the labels that it gives."""

    digests: tuple[str, ...] = ()
    labels: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Slot:
    """The containers with one name in a workload: the current one, and those of a replacement."""

    current: Facts | None = None
    next: Facts | None = None
    previous: Facts | None = None
    failed: Facts | None = None
    restoring: bool = False
    """Whether it was decided that the previous one is to run again."""

    @property
    def front(self) -> Facts | None:
        """The container that stands for the slot: what was decided counts, however far it has come."""
        return self.previous if self.restoring else self.next or self.current


@dataclass(frozen=True, slots=True)
class Group:
    """All containers of a workload with what is kept for it."""

    key: WorkloadKey
    slots: Mapping[str, Slot]
    entry: Entry
    images: Mapping[str, ImageFacts]
    words: Mapping[str, str]
    """The last words of containers that do not run, by id."""

    @property
    def fronts(self) -> tuple[Facts, ...]:
        """The containers that stand for their slots."""
        return tuple(slot.front for slot in self.slots.values() if slot.front is not None)

    @property
    def newest(self) -> Facts | None:
        """The container that says what is wanted of all."""
        return max(self.fronts, key=lambda each: each.created, default=None)

    @property
    def unsettled(self) -> bool:
        """Whether a replacement is not finished."""
        return any(slot.next or slot.previous or slot.failed for slot in self.slots.values())


def group_of(
    key: WorkloadKey,
    containers: Sequence[Facts],
    entry: Entry,
    images: Mapping[str, ImageFacts],
    words: Mapping[str, str],
) -> Group:
    """Sort the containers of a workload by name and role."""
    found: dict[str, dict[Role, Facts]] = {}
    for each in sorted(containers, key=lambda each: each.created):
        found.setdefault(each.base, {})[each.role] = each
    slots = {}
    for base, roles in found.items():
        previous = roles.get(Role.PREVIOUS)
        restoring = previous is not None and previous.id in entry.restoring
        slots[base] = Slot(roles.get(Role.CURRENT), roles.get(Role.NEXT), previous, roles.get(Role.FAILED), restoring)
    return Group(key, slots, entry, images, words)


def uid_of(key: WorkloadKey) -> str:
    """An identity that outlives containers: a workload is known by its name."""
    return hashlib.sha256(str(key).encode()).hexdigest()[:24]


def latest_entry(group: Group) -> Entry:
    """What was written last: in the store, or in the labels of a container when the store is behind or lost."""
    best = group.entry
    for each in sorted(group.fronts, key=lambda each: each.created):
        version = _number(each.labels.get(STATE_VERSION))
        if version > best.version:
            written = {key: value for key, value in each.labels.items() if key in annotation.WRITTEN}
            best = Entry(version, written, best.hidden, best.shown)
    return best


def shown_of(each: Facts, entry: Entry) -> Shown:
    """The image and digest that the core sees."""
    own = Shown(each.image, each.labels.get(annotation.TEMPLATE_DIGEST) if REPLACES in each.labels else None)
    return entry.shown.get(each.id, own)


def container_name(key: WorkloadKey) -> str:
    """What the only container of the workload is called in settings and messages."""
    return key.name


def workload_of(group: Group) -> Workload | None:
    """The workload; None when it has no container, or no setting of ours."""
    newest = group.newest
    if newest is None:
        return None
    entry = latest_entry(group)
    annotations = _annotations(newest, entry, group.images.get(newest.image_id, ImageFacts()))
    if not annotations:
        return None
    shown = shown_of(newest, entry)
    bare = Workload(
        group.key,
        uid_of(group.key),
        (Container(container_name(group.key), shown.image, always_pulled=True),),
        Progress(observed=True, desired=0, updated=0, available=0, outdated=0),
        _settings_since(newest),
        annotations,
        template_digest=shown.digest,
        owner=_owner(newest),
        paused=any(each.status == "paused" for each in group.fronts),
        resume_command=f"docker unpause {newest.base}",
    )
    record = RolloutRecord.of(bare)
    running = record is not None and record.running
    return _with_progress(bare, _progress(group, shown, entry, running=running))


def _with_progress(workload: Workload, progress: Progress) -> Workload:
    from dataclasses import replace

    return replace(workload, progress=progress)


def is_wanted(slot: Slot, *, rolling: bool) -> bool:
    """Whether the slot's container is to run. While a rollout is in flight, one that ended was not stopped by hand."""
    if slot.restoring:
        return slot.current is None or slot.current.labels.get(START) != "false"
    front = slot.front
    if front is None:
        return False
    meant = front.labels.get(START)
    if front.up:
        return True
    if slot.next is not None:
        return meant != "false"
    return rolling and meant != "false" and (front.started or bool(front.error) or meant == "true")


def _progress(group: Group, shown: Shown, entry: Entry, *, running: bool) -> Progress:
    wanted = [slot for slot in group.slots.values() if is_wanted(slot, rolling=running)]
    fronts = [slot.front for slot in wanted if slot.front is not None]
    # A successor that was only created is a decided change: its replica is still the old one.
    updated = [each for each in fronts if each.role is Role.CURRENT and shown_of(each, entry) == shown]
    return Progress(
        observed=True,
        desired=len(wanted),
        updated=len(updated),
        available=sum(each.ready for each in fronts if each.role is Role.CURRENT),
        outdated=len(fronts) - len(updated),
        unverifiable=None if wanted else STOPPED,
    )


def replicas_of(group: Group, *, running: bool) -> tuple[Replica, ...]:
    """The replicas of the workload: its containers that run, or are to run."""
    newest = group.newest
    if newest is None:
        return ()
    entry = latest_entry(group)
    wanted = shown_of(newest, entry)
    replicas = []
    for slot in group.slots.values():
        # While the successor is only created, the replica is the container that it will replace.
        each = slot.current or slot.front
        if each is not None and (each.up or is_wanted(slot, rolling=running)):
            replicas.append(_replica(group, each, shown_of(each, entry), wanted))
    return tuple(replicas)


def _replica(group: Group, each: Facts, shown: Shown, wanted: Shown) -> Replica:
    problem = _problem(each, group.words.get(each.id, ""))
    state = ContainerState(
        container_name(group.key),
        shown.image,
        started=each.started,
        ready=each.ready,
        restarts=each.restarts,
        runs=_runs(shown, each, group.images.get(each.image_id, ImageFacts())),
        problem=problem,
        last_end=_end(each, group.words.get(each.id, "")) if each.restarts or not each.up else "",
    )
    return Replica(
        each.id,
        each.name,
        (state,),
        ready=each.ready,
        digest=shown.digest,
        of_current_revision=each.role is Role.CURRENT and shown == wanted,
    )


def _problem(each: Facts, words: str) -> ContainerProblem | None:
    if each.status == "restarting" or (each.up and each.restarts and not each.ready):
        return ContainerProblem(Cause.CRASHED, _end(each, words))
    if each.up or (each.status == "created" and not each.error):
        return None
    return ContainerProblem(Cause.STOPPED, each.error or _end(each, words))


def _end(each: Facts, words: str) -> str:
    code = f"exit code {each.exit_code}"
    return f"{code}: {words}" if words else code


def _runs(shown: Shown, each: Facts, image: ImageFacts) -> RunningImage | None:
    digests = {text.rpartition("@")[2]: text for text in image.digests}
    try:
        reference = ImageReference.parse(shown.image)
    except InvalidImageReference:
        return RunningImage.parse(each.image_id)
    for known in (reference.digest, shown.digest):
        if known is not None and known in digests:
            return RunningImage(known)
    # The last one is the latest that was pulled.
    ours = [digest for digest, text in digests.items() if _repository(text) == str(reference.repository)]
    if ours:
        return RunningImage(ours[-1])
    return RunningImage.parse(each.image_id)


def _repository(text: str) -> str:
    try:
        return str(ImageReference.parse(text).repository)
    except InvalidImageReference:
        return ""


def _annotations(newest: Facts, entry: Entry, image: ImageFacts) -> dict[str, str]:
    """The settings of the owner, and our records.

    A label that equals the image's own was not set by the owner: whoever builds an image must not opt it in.
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


def last_changed_by(group: Group) -> str | None:
    """The program that last set the image."""
    from watch_cluster.application.ports.orchestrator.rollout_observer import OUR_NAME

    newest = group.newest
    if newest is None:
        return None
    if REPLACES in newest.labels or newest.id in group.entry.shown:
        return OUR_NAME
    return "docker compose" if COMPOSE_SERVICE in newest.labels and group.key.kind == SERVICE else "docker"


def _number(text: str | None) -> int:
    return int(text) if text is not None and text.isdecimal() and len(text) < 16 else 0  # noqa: PLR2004
