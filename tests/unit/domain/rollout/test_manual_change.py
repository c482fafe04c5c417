"""Whoever goes back to an older image is not fought."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.unit.domain.rollouts import COMPLETE, FAILURE, NEW, NOON, OLD, STEP, TERMS, a_record, shop, with_record
from watch_cluster.domain.images.reference import ImageReference
from watch_cluster.domain.rollout.changes import new_record
from watch_cluster.domain.rollout.event import EventReason, OwedEvent
from watch_cluster.domain.rollout.manual_change import (
    ManualRevert,
    detect_manual_revert,
    detect_undo,
    may_have_been_undone,
    release_quarantined_images,
    reverted_from,
)
from watch_cluster.domain.rollout.record.lifecycle import Milestone, RolloutState
from watch_cluster.domain.rollout.record.record import RolloutRecord
from watch_cluster.domain.workload import annotation
from watch_cluster.domain.workload.workload import Change, ImageChange, Workload

DIGEST, OTHER = (f"sha256:{digit * 64}" for digit in "12")
DONE = replace(a_record(), state=RolloutState.DONE, ended=NOON)


def change(found: ManualRevert | None, workload: Workload, changed_by: str | None = None) -> Change:
    """The change that is written."""
    assert found is not None
    return found.change(workload, found.event(workload, changed_by))


def after(found: ManualRevert | None, workload: Workload) -> RolloutRecord:
    """The record that is written."""
    return RolloutRecord.parse(str(change(found, workload).annotations[annotation.ROLLOUT]))


@pytest.mark.parametrize(
    ("present", "taken_back"),
    [
        pytest.param(NEW, False, id="what was rolled out"),
        pytest.param(OLD, True, id="what was there before"),
        pytest.param("shop:0.9.0", True, id="something older still"),
        pytest.param("docker.io/library/shop:0.9.0", True, id="something older, written otherwise"),
        pytest.param("shop:1.0.2", False, id="something newer"),
        pytest.param("shop:1.0.0-alpine", False, id="another variant"),
        pytest.param("shop:stable", False, id="a name"),
        pytest.param("other:0.9.0", False, id="another repository"),
        pytest.param(f"{NEW}@{DIGEST}", False, id="the same, pinned"),
        pytest.param("not a reference", False, id="nonsense"),
    ],
)
def test_a_rollout_ends_when_somebody_sets_the_image(present: str, *, taken_back: bool) -> None:
    assert (detect_manual_revert(with_record(shop(COMPLETE, present), DONE)) is not None) is taken_back


def test_a_reverted_image_is_quarantined_and_reports_how_to_allow_it() -> None:
    workload = with_record(shop(COMPLETE, OLD, quarantine="shop:0.5"), DONE)
    found = detect_manual_revert(workload)
    assert found is not None
    assert found.message.startswith("shop:1.0.1 was replaced with shop:1.0.0; shop:1.0.1 is not tried again here; ")
    assert (found.container, found.record) == ("app", DONE)
    written = change(found, workload)
    assert found.quarantine == written.annotations[annotation.QUARANTINE] == "shop:0.5,shop:1.0.1"
    assert written.expected == {annotation.ENABLED: "true", annotation.ROLLOUT: str(DONE)}
    closed = after(found, workload)
    assert (closed.state, closed.undelivered) == (RolloutState.SUPERSEDED, ())


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        pytest.param(DONE, EventReason.UPDATE_HELD, id="after the rollout"),
        pytest.param(a_record(), EventReason.IMAGE_UPDATE_FAILED, id="during the rollout"),
    ],
)
@pytest.mark.parametrize(("changed_by", "ending"), [("kubectl-set", " (by kubectl-set)"), (None, "set it by hand")])
def test_the_event_about_a_manual_revert_is_owed_on_the_record_until_it_is_emitted(
    record: RolloutRecord, reason: EventReason, changed_by: str | None, ending: str
) -> None:
    undone = shop(COMPLETE, OLD)
    found = detect_undo(undone, revision_annotations(record))
    assert found is not None
    event = found.event(undone, changed_by)
    assert (event.reason, event.rollout) == (reason, record.id)
    assert event.message.endswith(ending)
    written = RolloutRecord.parse(str(found.change(undone, event).annotations[annotation.ROLLOUT]))
    assert written.owed == (OwedEvent.of(event),)
    assert written.owed[0].event(undone.key, record.uid, record.id) == event


def test_nothing_is_recorded_when_yet_another_image_is_set_meanwhile() -> None:
    workload = with_record(shop(COMPLETE, OLD), DONE)
    written = change(detect_manual_revert(workload), workload)
    assert written.conflict(workload) is None
    assert written.conflict(with_record(shop(COMPLETE, NEW), DONE)) is not None


def test_no_image_is_released_when_another_one_is_set_meanwhile() -> None:
    released = release_quarantined_images(shop(COMPLETE, NEW, quarantine=NEW))
    assert released is not None
    assert released.conflict(shop(COMPLETE, NEW, quarantine=NEW)) is None
    assert released.conflict(shop(COMPLETE, OLD, quarantine=NEW)) is not None


def test_a_manual_revert_is_respected_once() -> None:
    workload = with_record(shop(COMPLETE, OLD), DONE)
    assert detect_manual_revert(with_record(workload, after(detect_manual_revert(workload), workload))) is None


@pytest.mark.parametrize("state", [each for each in RolloutState if each is not RolloutState.DONE])
def test_only_a_completed_rollout_can_be_undone(state: RolloutState) -> None:
    assert detect_manual_revert(with_record(shop(COMPLETE, OLD), replace(DONE, state=state))) is None


def test_a_digest_is_replaced_by_another_digest() -> None:
    step = ImageChange("app", f"shop:edge@{DIGEST}", f"shop:edge@{OTHER}")
    done = replace(DONE, images=(step,))
    found = detect_manual_revert(with_record(shop(COMPLETE, f"shop:edge@{DIGEST}"), done))
    assert found is not None
    assert found.quarantine == f"shop@{OTHER}"
    assert detect_manual_revert(with_record(shop(COMPLETE, "shop:edge"), done)) is None, (
        "who takes the digest out follows the tag"
    )


def test_only_the_reverted_containers_count() -> None:
    done = replace(DONE, images=(STEP, ImageChange("mesh", "mesh:0", "mesh:1")))
    found = detect_manual_revert(with_record(shop(COMPLETE, OLD), done))
    assert found is not None
    assert found.quarantine == "shop:1.0.1"


def test_rejects_images_older_than_a_reverted_one() -> None:
    superseded = replace(DONE, images=(replace(STEP, after="shop:1.3.0"),), state=RolloutState.SUPERSEDED)
    workload = with_record(shop(COMPLETE, OLD), superseded)
    for tag, behind in (("1.2.0", "shop:1.3.0"), ("1.3.0", None), ("1.4.0", None)):
        assert reverted_from(workload, "app", ImageReference.parse(f"shop:{tag}")) == behind
    assert reverted_from(workload, "mesh", ImageReference.parse("mesh:1.2.0")) is None
    assert reverted_from(shop(), "app", ImageReference.parse("shop:1.2.0")) is None


def revision_annotations(*records: RolloutRecord, **others: str) -> list[dict[str, str]]:
    """What revisions carry: a record each; others are annotations of the last one."""
    carried = [{annotation.ROLLOUT: str(each)} for each in records]
    carried[-1] |= {f"{annotation.DOMAIN}/{key}": value for key, value in others.items()}
    return carried


@pytest.mark.parametrize(
    ("record", "state", "owed"),
    [
        pytest.param(DONE, RolloutState.SUPERSEDED, (), id="one that had ended well"),
        pytest.param(a_record(), RolloutState.SUPERSEDED, (Milestone.FAILED,), id="one in flight"),
        pytest.param(
            replace(DONE, state=RolloutState.ROLLED_BACK, failure=FAILURE),
            RolloutState.ROLLED_BACK,
            (),
            id="a failed one",
        ),
    ],
)
def test_revisions_show_what_kubectl_rolled_back(
    record: RolloutRecord, state: RolloutState, owed: tuple[Milestone, ...]
) -> None:
    undone = shop(COMPLETE, OLD)
    found = detect_undo(undone, revision_annotations(record, quarantine="shop:0.5"))
    closed = after(found, undone)
    assert (closed.id, closed.state, closed.undelivered) == (record.id, state, owed)
    assert found is not None
    assert found.quarantine == "shop:0.5,shop:1.0.1"
    assert change(found, undone).expected[annotation.ROLLOUT] is None


def test_a_record_on_the_workload_needs_no_revisions() -> None:
    later = new_record(shop(COMPLETE, OLD), (STEP,), TERMS, NOON + timedelta(minutes=1))
    assert detect_undo(with_record(shop(COMPLETE, OLD), later), revision_annotations(DONE)) is None
    assert detect_undo(with_record(shop(COMPLETE, OLD), DONE), revision_annotations(a_record(), DONE)) is None
    assert detect_undo(shop(COMPLETE, OLD), ()) is None
    assert detect_undo(shop(COMPLETE, OLD), [{annotation.ROLLOUT: "nonsense"}]) is None


def test_the_records_of_another_workload_do_not_count() -> None:
    assert detect_undo(shop(COMPLETE, OLD), revision_annotations(replace(DONE, uid="another"))) is None


def test_a_failed_image_that_was_brought_back_with_its_old_record_stays_and_is_released() -> None:
    revived = with_record(shop(COMPLETE, NEW), a_record())
    rolled_back = replace(a_record(), state=RolloutState.ROLLED_BACK, failure=FAILURE, ended=NOON)
    found = detect_undo(revived, revision_annotations(rolled_back, quarantine="shop:1.0.1,shop:0.5"))
    assert found is not None
    assert found.closed == rolled_back
    assert replace(after(found, revived), owed=()) == rolled_back
    assert (found.container, found.message) == (None, "shop:1.0.1 was brought back by hand and is kept")
    assert found.quarantine == "shop:0.5"


@pytest.mark.parametrize(
    ("workload", "left"),
    [
        pytest.param(shop(COMPLETE, NEW, quarantine="shop:1.0.1,shop:0.5"), "shop:0.5", id="what somebody has set"),
        pytest.param(shop(COMPLETE, NEW, quarantine="shop:1.0.1"), None, id="the last one"),
    ],
)
def test_released_is(workload: Workload, left: str | None) -> None:
    assert release_quarantined_images(workload) == Change(
        "uid-1",
        {annotation.QUARANTINE: left},
        {annotation.ENABLED: "true", annotation.QUARANTINE: workload.annotations[annotation.QUARANTINE]},
        expected_images={container.name: container.image for container in workload.containers},
    )


@pytest.mark.parametrize(
    "workload",
    [
        pytest.param(shop(COMPLETE, NEW), id="without a quarantine"),
        pytest.param(shop(COMPLETE, OLD, quarantine="shop:1.0.1"), id="an unset image"),
        pytest.param(
            with_record(shop(COMPLETE, NEW, quarantine="shop:1.0.1"), a_record()), id="while it is rolled out"
        ),
        pytest.param(
            with_record(
                shop(COMPLETE, NEW, quarantine="shop:1.0.1"),
                replace(a_record(), state=RolloutState.FAILED, failure=FAILURE),
            ),
            id="what our own failure has left there",
        ),
        pytest.param(shop(COMPLETE, NEW, quarantine="%%%"), id="an unreadable quarantine"),
    ],
)
def test_nothing_is_released(workload: Workload) -> None:
    assert release_quarantined_images(workload) is None


@pytest.mark.parametrize(
    ("revision", "at_the_end", "may"),
    [
        pytest.param("2", "2", False, id="it is where its last rollout ended"),
        pytest.param("4", "2", True, id="its template was another one since"),
        pytest.param("2", None, True, id="an end of which the revision is not known"),
        pytest.param(None, None, True, id="revisions that are not counted"),
    ],
)
def test_a_rolled_back_template_has_a_revision_of_its_own(
    revision: str | None, at_the_end: str | None, *, may: bool
) -> None:
    workload = with_record(shop(COMPLETE, NEW), replace(DONE, revision=at_the_end))
    assert may_have_been_undone(replace(workload, revision=revision)) is may


def test_nothing_can_have_been_undone_at_the_first_revision() -> None:
    fresh = shop(COMPLETE, OLD)
    assert not may_have_been_undone(replace(fresh, revision="1"))
    assert may_have_been_undone(replace(fresh, revision="3"))


def test_a_revision_counts_once_the_orchestrator_has_seen_the_template() -> None:
    workload = with_record(shop(replace(COMPLETE, observed=False), NEW), replace(DONE, revision="2"))
    assert may_have_been_undone(replace(workload, revision="2"))
