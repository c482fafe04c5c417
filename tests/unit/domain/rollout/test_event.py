"""Facts for people, and when two of them are the same event."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.unit.domain.workloads import SHOP
from watch_cluster.domain.rollout.event import Event, EventReason

EVENT = Event(EventReason.REGISTRY_ERROR, SHOP, "uid-1", "the registry answers 500", "registry.example")


def test_a_fact_in_other_words_is_the_same_event() -> None:
    assert replace(EVENT, message="the registry answers 503").identity == EVENT.identity
    assert len(EVENT.identity) == 16


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(replace(EVENT, reason=EventReason.UPDATE_HELD), id="another reason"),
        pytest.param(replace(EVENT, uid="uid-2"), id="another workload of the name"),
        pytest.param(replace(EVENT, subject="other.example"), id="another subject"),
        pytest.param(replace(EVENT, uid="uid-1\0RegistryError", subject=""), id="the same letters, cut elsewhere"),
    ],
)
def test_another_fact_has_another_identity(other: Event) -> None:
    assert other.identity != EVENT.identity


def test_all_but_a_success_are_warnings() -> None:
    assert {reason for reason in EventReason if not reason.is_warning} == {
        EventReason.CHECKS_LIMITED,
        EventReason.IMAGE_UPDATED,
        EventReason.IMAGE_UPDATE_STARTED,
        EventReason.MANUAL_CHECK_DONE,
        EventReason.UPDATE_AVAILABLE,
    }


def test_a_fact_is_emitted_once_and_a_lasting_state_again() -> None:
    assert EVENT.is_ongoing
    assert not replace(EVENT, rollout="rollout-1").is_ongoing
    assert not replace(EVENT, reason=EventReason.MANUAL_CHECK_DONE).is_ongoing
