"""Changes workloads: records go to the store, images into new containers."""

from __future__ import annotations

from collections.abc import Mapping

from watch_cluster.adapters.docker.containers.facts import Facts
from watch_cluster.adapters.docker.containers.group import Group, ImageFacts, Slot, effective_image, latest_entry
from watch_cluster.adapters.docker.containers.inventory import Inventory
from watch_cluster.adapters.docker.containers.workload import workload_of
from watch_cluster.adapters.docker.engine.client import EngineApi
from watch_cluster.adapters.docker.engine.pulling import pull
from watch_cluster.adapters.docker.replacing.locks import Locks
from watch_cluster.adapters.docker.replacing.replacement import Replacement
from watch_cluster.adapters.docker.state.store import EffectiveImage, Entry, Store
from watch_cluster.application.ports.orchestrator.workload_writer import ChangeConflict, ChangeRejected
from watch_cluster.application.ports.registry.image_registry import RegistryError
from watch_cluster.application.ports.registry.pull_credentials import PullCredentials
from watch_cluster.domain.images.reference import ImageReference, InvalidImageReference
from watch_cluster.domain.workload import annotation
from watch_cluster.domain.workload.workload import Change, Workload, WorkloadKey


class DockerWorkloadWriter:
    """Implements the port `WorkloadWriter`.

    A change of images is decided when the successor of the first container has been created: it carries the records
    in its labels, until the store has them.
    """

    def __init__(
        self,
        api: EngineApi,
        inventory: Inventory,
        store: Store,
        replacement: Replacement,
        locks: Locks,
        credentials: PullCredentials,
    ) -> None:
        self._api = api
        self._inventory = inventory
        self._store = store
        self._replacement = replacement
        self._locks = locks
        self._credentials = credentials

    def apply(self, key: WorkloadKey, change: Change) -> None:
        """Make the change."""
        with self._locks.of(key):
            try:
                self._apply(key, change)
            finally:
                self._inventory.reread(key)

    def _apply(self, key: WorkloadKey, change: Change) -> None:
        group, workload = self._checked(key, change)
        if not change.images:
            self._store.put(key, _entry_after(group, workload, change))
            self._inventory.reread(key)
            self._replacement.settle(key)
            return
        target = EffectiveImage(change.images[0].after, change.template_digest)
        if self._can_restore(group, target):
            self._restore(group, workload, change, target)
            return
        self._pull(workload, target)
        # Pulling takes time, in which anything may have happened.
        group, workload = self._checked(key, change)
        first = next(iter(_without(group, target)), None)
        entry = _entry_after(group, workload, change)
        if first is None or first.current is None:
            self._store.put(key, entry)
            return
        self._replacement.dependents.check(first.current)
        self._replacement.begin(first, target, entry)
        self._store.put(key, entry)
        self._replacement.settle(key)

    def _checked(self, key: WorkloadKey, change: Change) -> tuple[Group, Workload]:
        """The workload as it is now, if it is what the change was decided for."""
        self._replacement.settle(key)
        group = self._inventory.group(key)
        workload = None if group is None else workload_of(group)
        if group is None or workload is None:
            raise ChangeConflict(f"{key} is gone")
        conflict = change.conflict(workload)
        if conflict is not None:
            raise ChangeConflict(conflict)
        return group, workload

    def _can_restore(self, group: Group, target: EffectiveImage) -> bool:
        """Whether every container that does not have the image replaced one that had it, which is still there."""
        entry, changed = latest_entry(group), _without(group, target)
        return bool(changed) and all(
            slot.previous is not None and _had(slot.previous, target, entry, group.images) for slot in changed
        )

    def _restore(self, group: Group, workload: Workload, change: Change, target: EffectiveImage) -> None:
        entry = _entry_after(group, workload, change)
        changed = _without(group, target)
        images = {slot.previous.id: target for slot in changed if slot.previous is not None}
        self._store.put(
            group.key, Entry(entry.version, entry.written, entry.hidden, {**entry.images, **images}, tuple(images))
        )
        for slot in changed:
            self._replacement.restore(slot)
        self._inventory.refresh(group.key)

    def _pull(self, workload: Workload, target: EffectiveImage) -> None:
        try:
            image = ImageReference.parse(target.image)
        except InvalidImageReference as error:
            raise ChangeRejected(str(error)) from error
        try:
            credentials = self._credentials.candidates(workload, image.repository)
        except RegistryError:
            credentials = ()
        pull(self._api, image, target.digest, credentials)


def _had(previous: Facts, target: EffectiveImage, entry: Entry, images: Mapping[str, ImageFacts]) -> bool:
    if effective_image(previous, entry) == target:
        return True
    digest = target.digest or target.image.partition("@")[2]
    known = images.get(previous.image_id, ImageFacts()).digests
    same_name = previous.image.partition("@")[0] == target.image.partition("@")[0]
    if not same_name:
        return False
    return previous.image == target.image or (bool(digest) and any(each.endswith(f"@{digest}") for each in known))


def _without(group: Group, target: EffectiveImage) -> list[Slot]:
    """The slots whose container does not have the image."""
    entry = latest_entry(group)
    return [slot for slot in group.slots.values() if slot.current and effective_image(slot.current, entry) != target]


def _entry_after(group: Group, workload: Workload, change: Change) -> Entry:
    """What is kept once the change is made."""
    entry = latest_entry(group)
    written = {**entry.written}
    hidden = {**entry.hidden}
    for name, value in change.annotations.items():
        if value is not None:
            written[name] = value
            continue
        written.pop(name, None)
        if name not in annotation.WRITTEN and name in workload.annotations:
            hidden[name] = workload.annotations[name]
    present = {each.id for slot in group.slots.values() for each in (slot.current, slot.previous) if each is not None}
    images = {each: value for each, value in entry.images.items() if each in present}
    return Entry(entry.version + 1, written, hidden, images)
