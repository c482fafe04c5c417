"""The containers of a workload, sorted by name and role, and which of them counts for the core."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from watch_cluster.adapters.docker.containers.facts import Facts
from watch_cluster.adapters.docker.containers.names import REPLACES, START, STATE_VERSION, Role
from watch_cluster.adapters.docker.state.store import EffectiveImage, Entry
from watch_cluster.domain.workload import annotation
from watch_cluster.domain.workload.workload import WorkloadKey


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
    def active(self) -> Facts | None:
        """The container that counts: what was decided, however far it has come."""
        return self.previous if self.restoring else self.next or self.current


@dataclass(frozen=True, slots=True)
class Group:
    """All containers of a workload with what is kept for it."""

    key: WorkloadKey
    slots: Mapping[str, Slot]
    entry: Entry
    images: Mapping[str, ImageFacts]
    log_lines: Mapping[str, str]
    """The last log lines of containers that do not run, by id."""

    @property
    def active(self) -> tuple[Facts, ...]:
        """The active containers of the slots."""
        return tuple(slot.active for slot in self.slots.values() if slot.active is not None)

    @property
    def newest(self) -> Facts | None:
        """The container that has the target image of all."""
        return max(self.active, key=lambda each: each.created, default=None)

    @property
    def unsettled(self) -> bool:
        """Whether a replacement is not finished."""
        return any(slot.next or slot.previous or slot.failed for slot in self.slots.values())


def group_of(
    key: WorkloadKey,
    containers: Sequence[Facts],
    entry: Entry,
    images: Mapping[str, ImageFacts],
    log_lines: Mapping[str, str],
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
    return Group(key, slots, entry, images, log_lines)


def should_run(slot: Slot, *, rolling: bool) -> bool:
    """Whether the slot's container is to run. While a rollout is in flight, one that ended was not stopped manually."""
    if slot.restoring:
        return slot.current is None or slot.current.labels.get(START) != "false"
    active = slot.active
    if active is None:
        return False
    start = active.labels.get(START)
    if active.up:
        return True
    if slot.next is not None:
        return start != "false"
    return rolling and start != "false" and (active.started or bool(active.error) or start == "true")


def latest_entry(group: Group) -> Entry:
    """What was written last: in the store, or in the labels of a container when the store is behind or lost."""
    best = group.entry
    for each in sorted(group.active, key=lambda each: each.created):
        version = _number(each.labels.get(STATE_VERSION))
        if version > best.version:
            written = {key: value for key, value in each.labels.items() if key in annotation.WRITTEN}
            best = Entry(version, written, best.hidden, best.images)
    return best


def effective_image(each: Facts, entry: Entry) -> EffectiveImage:
    """The image and digest that the core sees."""
    own = EffectiveImage(each.image, each.labels.get(annotation.TEMPLATE_DIGEST) if REPLACES in each.labels else None)
    return entry.images.get(each.id, own)


def _number(text: str | None) -> int:
    return int(text) if text is not None and text.isdecimal() and len(text) < 16 else 0  # noqa: PLR2004
