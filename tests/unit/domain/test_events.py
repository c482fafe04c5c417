"""Facts that are told to people, and when two of them are one."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.unit.domain.workloads import NOON, SHOP, a_workload
from watch_cluster.domain.events import Event, Reason
from watch_cluster.domain.recording import begin
from watch_cluster.domain.terms import RolloutTerms

EVENT = Event(Reason.REGISTRY_ERROR, SHOP, "uid-1", "the registry answers 500", "registry.example")


def test_a_fact_told_in_other_words_is_the_same() -> None:
    assert replace(EVENT, message="the registry answers 503").identity == EVENT.identity
    assert len(EVENT.identity) == 16


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(replace(EVENT, reason=Reason.UPDATE_HELD), id="another reason"),
        pytest.param(replace(EVENT, uid="uid-2"), id="another workload of the name"),
        pytest.param(replace(EVENT, subject="other.example"), id="another subject"),
        pytest.param(replace(EVENT, uid="uid-1\0RegistryError", subject=""), id="the same letters, cut elsewhere"),
    ],
)
def test_another_fact_has_another_identity(other: Event) -> None:
    assert other.identity != EVENT.identity


def test_all_but_a_success_are_warnings() -> None:
    assert {reason for reason in Reason if not reason.is_warning} == {
        Reason.IMAGE_UPDATED,
        Reason.IMAGE_UPDATE_STARTED,
        Reason.MANUAL_CHECK_DONE,
        Reason.UPDATE_AVAILABLE,
    }


def test_what_happened_is_told_once_and_what_lasts_may_be_told_again() -> None:
    record = begin(a_workload("shop:1"), (), RolloutTerms(timedelta(minutes=1)), NOON)
    assert EVENT.lasting
    assert not replace(EVENT, rollout=record).lasting
    assert not replace(EVENT, reason=Reason.MANUAL_CHECK_DONE).lasting
