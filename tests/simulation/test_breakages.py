"""What the stories are worth: the code is broken on purpose, and each time a story finds it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.fakes.orchestrator import FakeOrchestrator
from tests.simulation.story import Broken, told
from watch_cluster.application.check import check_for_update
from watch_cluster.application.check.actions import rollout_image
from watch_cluster.application.check.candidates import predecessors, select_candidate
from watch_cluster.application.ports.reporting.outbox import DeliveryStatus
from watch_cluster.application.reconcile import deliver_notifications, follow_rollout, manual_change, reconcile
from watch_cluster.application.state.rollout_limiter import RolloutLimiter
from watch_cluster.domain.rollout import changes, transition
from watch_cluster.domain.rollout.evaluation.evaluation import Failed, evaluate
from watch_cluster.domain.rollout.evaluation.in_progress import InProgress
from watch_cluster.domain.rollout.record import image_changes, record
from watch_cluster.domain.rollout.record.lifecycle import RolloutState
from watch_cluster.domain.update import proven
from watch_cluster.domain.versions import strategy, version
from watch_cluster.domain.versions.version import Version
from watch_cluster.domain.workload.workload import Change
from watch_cluster.entrypoints.controller.controller import Controller

STORIES = range(8)
STEPS = range(3000)

Break = Callable[[pytest.MonkeyPatch], None]


def quarantine_is_ignored(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(select_candidate, "reject_quarantined", lambda *_: None)


def predecessors_are_ignored(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(predecessors, "why_not_proven", lambda *_, **__: None)


def the_time_on_predecessors_is_ignored(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(proven, "_too_short", lambda *_: None)


def an_abandoned_rollout_counts_as_proven(patch: pytest.MonkeyPatch) -> None:
    def hopeful(workload: Any, image: Any) -> Any:
        found = proven.last_rollout_of(workload, image)
        return found and replace(found, state=RolloutState.DONE)

    patch.setattr(predecessors, "last_rollout_of", hopeful)
    patch.setattr(proven, "_left", lambda *_: None)


def older_counts_as_newer(patch: pytest.MonkeyPatch) -> None:
    versions = version.read_all

    class Reversed:
        def __init__(self, read: Any) -> None:
            self._version = read
            self.key = max(read.key, Version.parse("99").key)

        def __getattr__(self, name: str) -> Any:
            return getattr(self._version, name)

    patch.setattr(strategy, "read_all", lambda *given: map(Reversed, versions(*given)))


def a_rollout_in_progress_is_ignored(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(check_for_update, "hold_during_rollout", lambda _: None)


def a_rollout_starts_after_an_opt_out(patch: pytest.MonkeyPatch) -> None:
    start = changes.start_change
    patch.setattr(rollout_image, "start_change", lambda *given: replace(start(*given), expected={}))


def a_rollback_starts_after_an_opt_out(patch: pytest.MonkeyPatch) -> None:
    record_change = changes.record_change

    def careless(*given: Any) -> Change:
        change = record_change(*given)
        return replace(change, expected={key: value for key, value in change.expected.items() if "rollout" in key})

    patch.setattr(transition, "record_change", careless)


def a_rollback_goes_to_another_image(patch: pytest.MonkeyPatch) -> None:
    step_back = image_changes.rollback_change

    def elsewhere(step: Any) -> Any:
        back = step_back(step)
        return back and replace(back, after=back.after.rpartition(":")[0] + ":0.9.0")

    patch.setattr(record, "rollback_change", elsewhere)


def an_end_counts_as_delivered_at_once(patch: pytest.MonkeyPatch) -> None:
    class Hasty:
        def __eq__(self, _: object) -> bool:
            return True

        def __hash__(self) -> int:
            return 0

    patch.setattr(
        deliver_notifications,
        "DeliveryStatus",
        type("DeliveryStatus", (), {**vars(DeliveryStatus), "SETTLED": Hasty()}),
    )


def manual_changes_are_not_respected(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(manual_change, "detect_manual_revert", lambda _: None)
    patch.setattr(manual_change, "detect_undo", lambda *_: None)


def annotations_of_revisions_are_ignored(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(FakeOrchestrator, "revision_annotations", lambda *_: ())


def a_failure_is_never_seen(patch: pytest.MonkeyPatch) -> None:
    def hopeful(*given: Any) -> Any:
        evaluation = evaluate(*given)
        return InProgress(given[4], timedelta(minutes=1)) if isinstance(evaluation, Failed) else evaluation

    patch.setattr(follow_rollout, "evaluate", hopeful)


def a_new_leader_reconciles_nothing(patch: pytest.MonkeyPatch) -> None:
    start_leading = Controller._start_leading

    def blindly(self: Controller) -> None:
        start_leading(self)
        self._requeues.clear_hints()

    patch.setattr(Controller, "_start_leading", blindly)


def a_workload_that_never_opted_in_is_updated(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(check_for_update, "is_opted_in", lambda _: True)
    patch.setattr(reconcile, "is_opted_in", lambda _: True)
    a_rollout_starts_after_an_opt_out(patch)


def a_slot_is_never_given_back(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(RolloutLimiter, "_free", lambda *_: None)


BREAKAGES: tuple[Break, ...] = (
    quarantine_is_ignored,
    predecessors_are_ignored,
    the_time_on_predecessors_is_ignored,
    an_abandoned_rollout_counts_as_proven,
    older_counts_as_newer,
    a_rollout_in_progress_is_ignored,
    a_rollout_starts_after_an_opt_out,
    a_rollback_starts_after_an_opt_out,
    a_rollback_goes_to_another_image,
    an_end_counts_as_delivered_at_once,
    manual_changes_are_not_respected,
    annotations_of_revisions_are_ignored,
    a_failure_is_never_seen,
    a_new_leader_reconciles_nothing,
    a_workload_that_never_opted_in_is_updated,
    a_slot_is_never_given_back,
)


@pytest.mark.parametrize("breakage", BREAKAGES, ids=lambda each: each.__name__)
def test_a_story_finds(breakage: Break, monkeypatch: pytest.MonkeyPatch) -> None:
    breakage(monkeypatch)
    with pytest.raises(Broken):
        _run_all()


def _run_all() -> None:
    for seed in STORIES:
        told(seed, STEPS)
