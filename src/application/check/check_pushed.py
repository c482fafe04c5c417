"""The use case that makes checks due at once for workloads whose repository was pushed to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from watch_cluster.application.ports.clock import Clock
from watch_cluster.application.ports.orchestrator.workload_reader import WorkloadReader
from watch_cluster.application.ports.push_inbox import PushInbox
from watch_cluster.application.state.check_schedule import CheckSchedule
from watch_cluster.application.state.policy_cache import PolicyCache
from watch_cluster.domain.images.mirror import Mirror
from watch_cluster.domain.images.pushed import PushedRepository
from watch_cluster.domain.images.reference import Repository
from watch_cluster.domain.policy.errors import InvalidConfiguration
from watch_cluster.domain.policy.policy import is_opted_in
from watch_cluster.domain.workload.workload import Workload, WorkloadKey


@dataclass(slots=True)
class _Push:
    """A push that is being followed: the workloads whose check is not due yet, and those whose check was made due."""

    mark: str
    waiting: set[WorkloadKey]
    requested: set[WorkloadKey] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class CheckPushed:
    """Follows each push until the workloads concerned are checked, and only then removes it from the inbox.

    So a process that is killed in between loses none: the next leader makes the checks due again.
    """

    inbox: PushInbox
    reader: WorkloadReader
    read_policy: PolicyCache
    check_schedule: CheckSchedule
    clock: Clock
    mirrors: tuple[Mirror, ...]
    followed: dict[PushedRepository, _Push] = field(default_factory=dict)

    def __call__(self) -> tuple[PushedRepository, ...]:
        """Make due what was pushed to since the last time, and return that. Raises `InboxUnavailable`."""
        pushes = self.inbox.pushes()
        for gone in self.followed.keys() - pushes.keys():
            del self.followed[gone]
        new = {
            pushed: mark
            for pushed, mark in pushes.items()
            if pushed not in self.followed or self.followed[pushed].mark != mark
        }
        if new:
            concerned = self._concerned(tuple(new))
            self.followed.update({pushed: _Push(mark, concerned[pushed]) for pushed, mark in new.items()})
        handled = {pushed: push.mark for pushed, push in self.followed.items() if self._is_handled(push)}
        if handled:
            self.inbox.remove(handled)
        return tuple(new)

    def forget(self) -> None:
        """Another process leads, and follows all pushes from the beginning."""
        self.followed.clear()

    def _concerned(self, pushes: tuple[PushedRepository, ...]) -> dict[PushedRepository, set[WorkloadKey]]:
        concerned: dict[PushedRepository, set[WorkloadKey]] = {pushed: set() for pushed in pushes}
        by_path: dict[str, list[PushedRepository]] = {}
        for pushed in pushes:
            by_path.setdefault(pushed.path, []).append(pushed)
        for workload in self.reader.workloads():
            for repository in set(self._repositories(workload)):
                for pushed in (each for path in _with_parents(repository.path) for each in by_path.get(path, ())):
                    if pushed.matches(repository):
                        concerned[pushed].add(workload.key)
        return concerned

    def _repositories(self, workload: Workload) -> Iterator[Repository]:
        """The repositories that a check of the workload queries."""
        if not is_opted_in(workload):
            return
        try:
            targets = self.read_policy(workload).targets
        except InvalidConfiguration:
            return
        for target in targets:
            yield target.image.repository
            for mirror in self.mirrors:
                mirrored = mirror.rewrite(target.image.repository)
                if mirrored is not None:
                    yield mirrored

    def _is_handled(self, push: _Push) -> bool:
        """Make due what is not yet; whether all that was made due is checked.

        A workload that this process has not reconciled yet is not in the schedule, and is made due later.
        """
        for key in tuple(push.waiting):
            if self.check_schedule.request(key, self.clock.now()):
                push.waiting.remove(key)
                push.requested.add(key)
            elif self.reader.find(key) is None:
                push.waiting.remove(key)
        return not push.waiting and not any(self.check_schedule.is_due(key) for key in push.requested)


def _with_parents(path: str) -> Iterator[str]:
    """Yield `a/b/c`, `a/b` and `a`: looking these up takes no longer when there are many pushes."""
    while path:
        yield path
        path = path.rpartition("/")[0]
