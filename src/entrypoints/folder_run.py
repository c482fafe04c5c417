"""Runs one update of a folder of manifests."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from dependency_injector.providers import Object

from watch_cluster.adapters.git.folder.files import Directory, Draft, UnreadableFolder
from watch_cluster.adapters.git.folder.notes import NOTES_FILE
from watch_cluster.adapters.git.folder.orchestrator import FolderOrchestrator
from watch_cluster.adapters.git.folder.planning import planned_edits
from watch_cluster.adapters.git.manifests.places import CannotWrite
from watch_cluster.adapters.git.repository.messages import TRAILER, ImageUpdate, commit_message
from watch_cluster.adapters.git.repository.program import GitError
from watch_cluster.adapters.git.repository.working_copy import WorkingCopy
from watch_cluster.adapters.git.yaml.splice import CannotSplice
from watch_cluster.adapters.log.notifier import LogNotifier
from watch_cluster.adapters.memory.leadership import SoleLeadership
from watch_cluster.application.check.update_all import UpdateResult
from watch_cluster.application.ports.orchestrator.workload_reader import OrchestratorError
from watch_cluster.domain.rollout.proposing import reasons_of
from watch_cluster.domain.workload.workload import WorkloadKey
from watch_cluster.entrypoints.container.container import Container
from watch_cluster.entrypoints.container.registry import combined_credentials
from watch_cluster.entrypoints.output.git import HeldRow, UpdateRow, held_rows, update_rows
from watch_cluster.entrypoints.settings.settings import Settings

if TYPE_CHECKING:
    from watch_cluster.adapters.git.proposals import Proposals


class GitAction(StrEnum):
    """What is done with the updates."""

    CHECK = "check"
    WRITE = "write"
    COMMIT = "commit"
    PULL_REQUEST = "pull-request"


class GitFailed(Exception):  # noqa: N818 - the name says what is wrong
    """Nothing could be done at all; one line."""


@dataclass(slots=True)
class FolderReport:
    """What was updated and held back, and one line for each failure."""

    updates: list[UpdateRow]
    held: list[HeldRow]
    failures: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class FolderRun:
    """Checks all workloads of the folder, and does what was asked with the updates."""

    folder: Path
    action: GitAction
    settings: Settings
    base: str | None = None
    forge: str | None = None
    forge_api: str | None = None

    def __call__(self) -> FolderReport:
        """Run. Raises `GitFailed`."""
        draft = Draft(Directory(self.folder))
        drafted = FolderOrchestrator(draft, own=self.settings.POD_NAMESPACE)
        with _failing():
            drafted.load()
            results = self._update_all(drafted)
            report = self._report(drafted, results)
            updates = {result.check.key: _image_update(result) for result in results if result.rollout is not None}
            if self.action is GitAction.WRITE:
                Directory(self.folder).write(draft.written)
            elif self.action is GitAction.COMMIT and draft.written:
                self._commit(drafted, updates, draft.written)
            elif self.action is GitAction.PULL_REQUEST and updates:
                self._propose(updates, report)
        return report

    def _update_all(self, orchestrator: FolderOrchestrator) -> tuple[UpdateResult, ...]:
        container = Container(settings=self.settings)
        container.orchestrator.override(Object(orchestrator.ports()))
        container.leadership.override(Object(SoleLeadership()))
        container.notifier.override(Object(LogNotifier()))
        sources = [container.file_credentials(), container.plugin_credentials()]
        container.credentials.override(Object(combined_credentials(sources)))
        try:
            return container.update_all()()
        finally:
            container.shutdown_resources()

    def _report(self, orchestrator: FolderOrchestrator, results: tuple[UpdateResult, ...]) -> FolderReport:
        files = {
            (str(key), each.name): each.place.positions[0].path
            for key, workload in orchestrator.folder.workloads.items()
            for each in workload.containers
        }
        held = held_rows(results)
        failures = [*orchestrator.folder.unreadable]
        failures += [f"{row.workload}: {row.message}" for row in held if row.failed]
        return FolderReport(update_rows(results, files), held, failures)

    def _present(self) -> FolderOrchestrator:
        """The folder as it is, without the draft."""
        present = FolderOrchestrator(Directory(self.folder), own=self.settings.POD_NAMESPACE)
        present.load()
        return present

    def _commit(
        self, drafted: FolderOrchestrator, updates: Mapping[WorkloadKey, ImageUpdate], written: Mapping[str, bytes]
    ) -> None:
        """Write and commit each update by itself, and then what is to be remembered of the others."""
        copy = WorkingCopy.of(self.folder)
        copy.check_clean(tuple(path for path in written if path != NOTES_FILE))
        present = self._present()
        for key, change in drafted.changes:
            present.apply(key, change)
            copy.commit(present.written, commit_message(updates[key]))
        notes = written.get(NOTES_FILE)
        if notes is not None and copy.differs(NOTES_FILE, notes):
            Directory(self.folder).write({NOTES_FILE: notes})
            copy.commit((NOTES_FILE,), f"Remember when images were first seen\n\n{TRAILER}: none\n")

    def _propose(self, updates: Mapping[WorkloadKey, ImageUpdate], report: FolderReport) -> None:
        from watch_cluster.adapters.git.forge.forge import ForgeError

        proposals, present = self._proposals(), self._present()
        for update in updates.values():
            try:
                edits = planned_edits(present.folder, update.workload, update.images)
                proposed = proposals(present.folder.edited(edits), update)
            except (ForgeError, GitError, CannotWrite, CannotSplice) as error:
                report.failures.append(f"{update.workload}: {error}")
                continue
            if proposed.declined:
                self._decline(report, update, proposed.request.url)

    def _proposals(self) -> Proposals:
        from watch_cluster.adapters.git.forge.choice import forge_of
        from watch_cluster.adapters.git.forge.forge import ForgeError
        from watch_cluster.adapters.git.proposals import Proposals

        copy = WorkingCopy.of(self.folder)
        token = self.settings.GIT_TOKEN
        if token is None:
            raise GitFailed("set GIT_TOKEN to a token that may open pull requests")
        url = copy.git("remote", "get-url", "origin")
        try:
            forge = forge_of(url, token.get_secret_value(), self.forge, self.forge_api)
        except ForgeError as error:
            raise GitFailed(str(error)) from None
        return Proposals(copy, forge, self.base or copy.branch)

    @staticmethod
    def _decline(report: FolderReport, update: ImageUpdate, url: str) -> None:
        """Say of the updates that a person declined them."""
        key = str(update.workload)
        report.updates[:] = [row for row in report.updates if row.workload != key]
        message = f"somebody closed {url} without merging"
        report.held += [HeldRow(key, step.container, "declined", message, failed=False) for step in update.images]


@contextmanager
def _failing() -> Iterator[None]:
    try:
        yield
    except (OrchestratorError, UnreadableFolder, GitError) as error:
        raise GitFailed(str(error)) from None


def _image_update(result: UpdateResult) -> ImageUpdate:
    if result.rollout is None:
        raise ValueError(f"{result.check.key} was not updated")
    reasons = reasons_of(result.check.policy, result.rollout.images)
    return ImageUpdate(result.check.key, result.rollout.images, result.rollout.id, reasons)
