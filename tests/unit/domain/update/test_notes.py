"""What a check leaves on the workload."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.unit.domain.workloads import NOON, a_workload
from watch_cluster.domain.images.reference import ImageReference
from watch_cluster.domain.update.decision import Decision, Held, HoldReason, Update, UpToDate
from watch_cluster.domain.update.first_seen import FirstSeen
from watch_cluster.domain.update.notes import notes
from watch_cluster.domain.workload.annotation import FIRST_SEEN, PENDING

NOW = ImageReference.parse("shop:1.0")
UPDATE = Update("app", NOW, NOW.with_tag("1.1"))
UP_TO_DATE = UpToDate("app", NOW)
DOWN = Held(HoldReason.REGISTRY_UNREACHABLE, "down", "app")
WAITING = Held(HoldReason.WAITING_FOR_APPROVAL, "waits", "app", update=UPDATE)
NOTIFIED = Held(HoldReason.NOTIFY_ONLY, "notified", "app", update=UPDATE)
YOUNG = Held(HoldReason.TOO_YOUNG, "young", "app", update=UPDATE)
NAME = "1.1@sha256:b"
EARLIER = NOON - timedelta(hours=1)
CLOCK = str(FirstSeen({NAME: EARLIER}))


@pytest.mark.parametrize(
    ("decisions", "written", "expected"),
    [
        pytest.param([WAITING], {}, {PENDING: "1.1"}, id="a candidate that waits is pending"),
        pytest.param([NOTIFIED], {}, {PENDING: "1.1"}, id="a candidate that was only notified is pending"),
        pytest.param([WAITING, NOTIFIED], {}, {PENDING: "1.1,1.1"}, id="several containers"),
        pytest.param([WAITING], {"pending": "1.1"}, {}, id="the same again writes nothing"),
        pytest.param([WAITING], {"pending": "1.0.9"}, {PENDING: "1.1"}, id="a newer candidate takes its place"),
        pytest.param([UP_TO_DATE], {"pending": "1.1"}, {PENDING: None}, id="what is up to date has nothing pending"),
        pytest.param([UPDATE], {"pending": "1.1"}, {PENDING: None}, id="what is taken is pending no more"),
        pytest.param([DOWN], {"pending": "1.1"}, {}, id="a registry that is away changes nothing"),
        pytest.param([UP_TO_DATE], {}, {}, id="nothing new writes nothing"),
    ],
)
def test_an_update_that_waits_for_a_person_is_noted(
    decisions: list[Decision], written: dict[str, str], expected: dict[str, str | None]
) -> None:
    assert notes(a_workload("shop:1.0", **written), decisions, {}, NOON) == expected


@pytest.mark.parametrize(
    ("decisions", "seen", "written", "expected"),
    [
        pytest.param([YOUNG], {"app": [NAME]}, None, str(FirstSeen({NAME: NOON})), id="a clock starts"),
        pytest.param([YOUNG], {"app": [NAME]}, CLOCK, "", id="a clock that runs is not written again"),
        pytest.param([UPDATE], {"app": [NAME]}, CLOCK, None, id="what is taken needs no clock"),
        pytest.param([UP_TO_DATE], {}, CLOCK, None, id="without a candidate there is no clock"),
        pytest.param([DOWN], {}, CLOCK, "", id="a registry that is away stops no clock"),
        pytest.param(
            [YOUNG, Held(HoldReason.REGISTRY_UNREACHABLE, "down", "other")],
            {"app": ["1.2@sha256:c"]},
            CLOCK,
            str(FirstSeen({"1.2@sha256:c": NOON, NAME: EARLIER})),
            id="nor one that is away for another container",
        ),
        pytest.param(
            [YOUNG], {"app": [NAME]}, "spoilt", str(FirstSeen({NAME: NOON})), id="what was spoilt starts anew"
        ),
    ],
)
def test_clocks_of_candidates_are_kept(
    decisions: list[Decision], seen: dict[str, list[str]], written: str | None, expected: str | None
) -> None:
    workload = a_workload("shop:1.0", **({} if written is None else {"first_seen": written}))
    found = notes(workload, decisions, seen, NOON)
    assert found == ({} if expected == "" else {FIRST_SEEN: expected})
