"""The events of a rollout, as any process can derive them from its record."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Final

import pytest

from tests.unit.domain.rollouts import FAILURE, NOON, a_record, shop
from watch_cluster.domain.rollout.event import EventReason
from watch_cluster.domain.rollout.record.lifecycle import RolloutState
from watch_cluster.domain.rollout.record.record import RolloutRecord
from watch_cluster.domain.rollout.rollout_events import (
    EMIT_AGAIN_WITHIN,
    ended_event,
    failed_event,
    recent_end_event,
    rollback_failed_event,
    started_event,
)

KEY: Final = shop().key
MOMENT: Final = timedelta(microseconds=1)


def ended(state: RolloutState, *, rolled_back: bool = False) -> RolloutRecord:
    """The rollout as it ended at noon."""
    failure = FAILURE if rolled_back else None
    return replace(a_record(), state=state, failure=failure, ended=NOON, message="how it ended")


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        pytest.param(ended(RolloutState.DONE), EventReason.IMAGE_UPDATED, id="done"),
        pytest.param(ended(RolloutState.FAILED), EventReason.IMAGE_UPDATE_FAILED, id="failed, not rolled back"),
        pytest.param(
            ended(RolloutState.ROLLED_BACK, rolled_back=True), EventReason.IMAGE_ROLLED_BACK, id="rolled back"
        ),
        pytest.param(
            ended(RolloutState.FAILED, rolled_back=True), EventReason.IMAGE_UPDATE_FAILED, id="rollback failed"
        ),
    ],
)
def test_the_end_of_a_rollout_is_an_event_with_the_message_of_its_record(
    record: RolloutRecord, reason: EventReason
) -> None:
    event = ended_event(KEY, record)
    assert event is not None
    assert (event.reason, event.message, event.uid, event.rollout) == (reason, "how it ended", record.uid, record.id)
    assert event == ended_event(KEY, RolloutRecord.parse(str(record))), "another process emits the same event"


@pytest.mark.parametrize(
    "record",
    [
        pytest.param(a_record(), id="in flight"),
        pytest.param(replace(a_record(), failure=FAILURE), id="rolling back"),
        pytest.param(ended(RolloutState.SUPERSEDED), id="superseded, whose event is owed on the record"),
        pytest.param(replace(ended(RolloutState.DONE), message=None), id="without a message"),
    ],
)
def test_there_is_no_event_for_the_end_of_any_other_rollout(record: RolloutRecord) -> None:
    assert ended_event(KEY, record) is None
    assert recent_end_event(KEY, record, NOON) is None


@pytest.mark.parametrize(
    ("later", "recent"),
    [
        pytest.param(timedelta(), True, id="at once"),
        pytest.param(EMIT_AGAIN_WITHIN, True, id="after an hour"),
        pytest.param(EMIT_AGAIN_WITHIN + MOMENT, False, id="later"),
        pytest.param(-EMIT_AGAIN_WITHIN, True, id="the clock was set back by an hour"),
        pytest.param(-EMIT_AGAIN_WITHIN - MOMENT, False, id="the clock was set back further"),
    ],
)
def test_a_process_that_did_not_see_the_end_emits_it_for_an_hour(later: timedelta, *, recent: bool) -> None:
    record = ended(RolloutState.DONE)
    event = recent_end_event(KEY, record, NOON + later)
    assert event == (ended_event(KEY, record) if recent else None)


def test_the_events_of_one_rollout_have_different_identities() -> None:
    record = a_record()
    events = [
        started_event(KEY, record),
        failed_event(KEY, record, "it failed"),
        rollback_failed_event(KEY, record, "so did the rollback"),
        ended_event(KEY, ended(RolloutState.DONE)),
        ended_event(KEY, ended(RolloutState.ROLLED_BACK, rolled_back=True)),
    ]
    assert len({event.identity for event in events if event is not None}) == len(events)
