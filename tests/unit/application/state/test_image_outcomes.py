"""What fails on several workloads is known to the others."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.unit.domain.rollouts import COMPLETE, FAILURE, NEW, NOON, OLD, a_record, shop, with_record
from watch_cluster.application.state.image_outcomes import ImageOutcomes
from watch_cluster.domain.images.reference import ImageReference
from watch_cluster.domain.rollout.failure import FailureCause
from watch_cluster.domain.rollout.record import RolloutRecord, RolloutState
from watch_cluster.domain.workload.workload import ImageChange, Workload, WorkloadKey

IMAGE = ImageReference.parse(NEW)
FAILED = replace(a_record(), state=RolloutState.ROLLED_BACK, failure=FAILURE, ended=NOON)
DONE = replace(a_record(), state=RolloutState.DONE, ended=NOON)


def key(name: str) -> WorkloadKey:
    return WorkloadKey("default", "Deployment", name)


def named(name: str, record: RolloutRecord, quarantine: str | None = NEW) -> Workload:
    settings = {} if quarantine is None else {"quarantine": quarantine}
    return replace(with_record(shop(COMPLETE, OLD, **settings), record), key=key(name))


def test_where_it_failed_and_is_in_quarantine_it_counts() -> None:
    outcomes = ImageOutcomes()
    for name in ("b", "a"):
        outcomes.note(named(name, FAILED))
        outcomes.note(named(name, FAILED))
    assert outcomes.failing(IMAGE, key("z")) == (key("a"), key("b"))
    assert outcomes.failing(IMAGE, key("a")) == (key("b"),), "what failed here is in quarantine here"
    assert outcomes.failing(ImageReference.parse("docker.io/library/shop:1.0.1"), key("z")) == (key("a"), key("b"))
    assert outcomes.failing(ImageReference.parse(OLD), key("z")) == ()


def test_where_it_went_well_once_it_counts_no_more() -> None:
    outcomes = ImageOutcomes()
    outcomes.note(named("a", FAILED))
    outcomes.note(named("b", DONE, None))
    assert outcomes.failing(IMAGE, key("z")) == ()
    outcomes.note(named("b", replace(DONE, state=RolloutState.SUPERSEDED), None))
    assert outcomes.failing(IMAGE, key("z")) == (key("a"),)


@pytest.mark.parametrize(
    "workload",
    [
        pytest.param(named("a", FAILED, None), id="it was released"),
        pytest.param(named("a", a_record()), id="it is under way"),
        pytest.param(
            named("a", replace(FAILED, failure=replace(FAILURE, cause=FailureCause.ENVIRONMENT))), id="no fault of its"
        ),
        pytest.param(replace(named("a", FAILED), uid="another"), id="a record of another workload"),
    ],
)
def test_it_does_not_count_where(workload: Workload) -> None:
    outcomes = ImageOutcomes()
    outcomes.note(workload)
    assert outcomes.failing(IMAGE, key("z")) == ()


def test_what_is_gone_or_released_counts_no_more() -> None:
    outcomes = ImageOutcomes()
    outcomes.note(named("a", FAILED))
    outcomes.note(named("b", FAILED))
    outcomes.note(named("a", FAILED, None))
    assert outcomes.failing(IMAGE, key("z")) == (key("b"),)
    outcomes.forget(key("b"))
    outcomes.forget(key("b"))
    assert outcomes.failing(IMAGE, key("z")) == ()


def test_a_digest_counts_by_itself() -> None:
    one, two = (f"sha256:{digit * 64}" for digit in "12")
    step = ImageChange("app", f"shop:edge@{one}", f"shop:edge@{two}")
    outcomes = ImageOutcomes()
    outcomes.note(named("a", replace(FAILED, images=(step,)), f"shop@{two}"))
    assert outcomes.failing(ImageReference.parse(f"shop:edge@{two}"), key("z")) == (key("a"),)
    assert outcomes.failing(ImageReference.parse(f"shop:edge@{one}"), key("z")) == ()
