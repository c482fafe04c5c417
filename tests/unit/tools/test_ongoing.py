"""A condition is reported when it begins and when it ends."""

from __future__ import annotations

from watch_cluster.tools.ongoing import Ongoing


def test_a_condition_begins_once_and_ends_once() -> None:
    conditions = Ongoing()
    assert [conditions.begins("full"), conditions.begins("full")] == [True, False]
    assert [conditions.ends("full"), conditions.ends("full")] == [True, False]
    assert conditions.begins("full")


def test_conditions_do_not_affect_each_other() -> None:
    conditions = Ongoing()
    conditions.begins("a")
    assert conditions.begins("b")
    assert conditions.ends("b")
    assert not conditions.begins("a")


def test_another_detail_is_new() -> None:
    conditions = Ongoing()
    assert [conditions.begins("a", detail) for detail in (403, 403, 404)] == [True, False, True]


def test_all_can_end_at_once() -> None:
    conditions = Ongoing()
    conditions.begins("a")
    conditions.clear()
    assert not conditions.ends("a")


def test_the_oldest_condition_is_dropped_when_there_are_too_many() -> None:
    conditions = Ongoing(max_entries=2)
    for name in "abc":
        conditions.begins(name)
    assert [conditions.begins(name) for name in "cba"] == [False, False, True]
