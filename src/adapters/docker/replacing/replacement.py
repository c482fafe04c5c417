"""Replaces containers: the successor is created, the old one stopped and kept, the successor started.

The creation of the successor decides. From there on, the names and labels of the containers say how to continue, so
that a kill between any two calls loses no container and runs none twice.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from watch_cluster.adapters.docker.containers.facts import Facts
from watch_cluster.adapters.docker.containers.group import Group, Slot, effective_image, latest_entry, should_run
from watch_cluster.adapters.docker.containers.inventory import Inventory
from watch_cluster.adapters.docker.containers.names import REPLACES, SETTINGS_SINCE, START, STATE_VERSION, Role
from watch_cluster.adapters.docker.containers.workload import workload_of
from watch_cluster.adapters.docker.engine.errors import EngineRefused
from watch_cluster.adapters.docker.replacing.dependents import Dependents
from watch_cluster.adapters.docker.replacing.steps import Steps
from watch_cluster.adapters.docker.state.store import EffectiveImage, Entry, Store
from watch_cluster.domain.rollout.record.record import RolloutRecord
from watch_cluster.domain.workload import annotation
from watch_cluster.domain.workload.workload import WorkloadKey


@dataclass(frozen=True, slots=True)
class Replacement:
    """Takes the steps of replacements. `own` is the container that this process runs in.

    `cleanup` is whether images of replaced containers are removed. The caller holds the lock of the workload.
    """

    steps: Steps
    inventory: Inventory
    store: Store
    dependents: Dependents
    own: str | None = None
    cleanup: bool = False

    def begin(self, slot: Slot, target: EffectiveImage, entry: Entry) -> None:
        """Create the successor of the slot's container: from here on, the change is decided."""
        old = slot.current
        if old is None:
            return
        start = should_run(slot, rolling=False)
        labels = {
            REPLACES: old.id,
            START: "true" if start else "false",
            STATE_VERSION: str(entry.version),
            SETTINGS_SINCE: old.labels.get(SETTINGS_SINCE) or old.created.isoformat(),
            **entry.written,
        }
        if target.digest is not None:
            labels[annotation.TEMPLATE_DIGEST] = target.digest
        self.steps.create(old, target.image, labels)
        successor = f"{old.base}{Role.NEXT}"
        try:
            self.steps.connect(old, successor)
        except EngineRefused:
            self.steps.remove_by_name(successor)
            raise

    def settle(self, key: WorkloadKey) -> None:
        """Finish what was decided. Raises the errors of the engine; it can be called again at any time."""
        group = self.inventory.refresh(key)
        if group is None:
            return
        entry = latest_entry(group)
        if entry.version > group.entry.version:
            self.store.put(key, entry)
            self.inventory.reread(key)
        if not group.unsettled:
            return
        rolling = self._is_rolling(group)
        for slot in group.slots.values():
            self._settle(slot, rolling=rolling)
        group = self.inventory.refresh(key)
        if group is not None and rolling:
            self._replace_next(group)

    def restore(self, slot: Slot) -> None:
        """Start the container again that ran before, and remove the one that replaced it."""
        current, previous = slot.current, slot.previous
        if current is None or previous is None:
            return
        if not self._is_own(previous):
            self.steps.stop(current)
        self.steps.rename(current, f"{current.base}{Role.FAILED}")
        self._reinstate(previous, current)

    def _settle(self, slot: Slot, *, rolling: bool) -> None:
        if slot.restoring and slot.current is not None:
            self.restore(slot)
        elif slot.next is not None:
            self._complete(slot, slot.next)
        elif slot.failed is not None:
            self._finish_restoring(slot, slot.failed)
        elif slot.current is not None and slot.previous is not None:
            self._finish(slot.current, slot.previous, rolling=rolling)

    def _complete(self, slot: Slot, successor: Facts) -> None:
        old_id = successor.labels.get(REPLACES)
        old = next((each for each in (slot.current, slot.previous) if each is not None and each.id == old_id), None)
        if slot.current is not None and slot.current is not old:
            # Somebody has created another container meanwhile: what was decided no longer holds.
            self.steps.remove(successor)
            return
        if old is not None:
            self.steps.connect(old, successor.name)
            if slot.previous is not None and slot.previous is not old:
                self.steps.remove(slot.previous)
            if old is slot.current:
                if not self._is_own(old):
                    self.steps.stop(old)
                self.steps.rename(old, f"{old.base}{Role.PREVIOUS}")
        self.steps.rename(successor, successor.base)
        current = replace(successor, name=successor.base)
        self._start(current)
        if old is not None:
            self.dependents.follow(current, old)

    def _finish(self, current: Facts, previous: Facts, *, rolling: bool) -> None:
        if current.labels.get(REPLACES) == previous.id:
            self._start(current)
            self.dependents.follow(current, previous)
        elif rolling:
            return
        if rolling:
            return
        if self._is_own(previous):
            # The successor leads as soon as this process has ended, and removes this container.
            self.steps.stop(previous)
            return
        self.steps.remove(previous)
        if self.cleanup and previous.image_id != current.image_id:
            self.steps.remove_image(previous.image_id)

    def _finish_restoring(self, slot: Slot, failed: Facts) -> None:
        back = slot.current or slot.previous
        if back is not None:
            self._reinstate(back, failed)

    def _reinstate(self, back: Facts, failed: Facts) -> None:
        self.steps.rename(back, back.base)
        if failed.labels.get(START) != "false" and not back.up:
            self.steps.start(back)
        self.dependents.follow(replace(back, name=back.base), failed)
        self.steps.remove(failed)

    def _start(self, current: Facts) -> None:
        meant = current.labels.get(START) == "true"
        if meant and current.status == "created" and not current.started and not current.error:
            self.steps.start(current)

    def _replace_next(self, group: Group) -> None:
        """Replace the next replica of a service, once those that were replaced are ready."""
        newest = group.newest
        workload = workload_of(group)
        if newest is None or workload is None or REPLACES not in newest.labels or self._is_rolling_back(group):
            return
        entry = latest_entry(group)
        target = effective_image(newest, entry)
        rest: list[Slot] = []
        for slot in group.slots.values():
            if slot.current is None or effective_image(slot.current, entry) != target:
                rest.append(slot)
            elif should_run(slot, rolling=True) and not slot.current.ready:
                return
        if rest and rest[0].current is not None:
            self.begin(rest[0], target, entry)
            self.settle(group.key)

    def _is_rolling(self, group: Group) -> bool:
        record = self._record(group)
        return record is not None and record.running

    def _is_rolling_back(self, group: Group) -> bool:
        record = self._record(group)
        return record is not None and record.rolling_back

    def _record(self, group: Group) -> RolloutRecord | None:
        workload = workload_of(group)
        return None if workload is None else RolloutRecord.of(workload)

    def _is_own(self, container: Facts) -> bool:
        return self.own is not None and container.id == self.own
