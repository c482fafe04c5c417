"""What fails on several workloads is known to the others."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.unit.domain.rollouts import BEGUN, COMPLETE, FAILURE, NEW, NOON, OLD, a_record, shop, with_record
from watch_cluster.application.state.image_outcomes import ImageOutcomes
from watch_cluster.domain.images.reference import ImageReference
from watch_cluster.domain.rollout.record.failure import FailureCause
from watch_cluster.domain.rollout.record.lifecycle import RolloutState
from watch_cluster.domain.rollout.record.record import RolloutRecord
from watch_cluster.domain.update.rejections import FailuresElsewhere
from watch_cluster.domain.workload.workload import ImageChange, Progress, Workload, WorkloadKey

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
    assert outcomes.failing(IMAGE, key("z")).workloads == (key("a"), key("b"))
    assert outcomes.failing(IMAGE, key("a")).workloads == (key("b"),), "what failed here is in quarantine here"
    assert outcomes.failing(ImageReference.parse("docker.io/library/shop:1.0.1"), key("z")).workloads == (
        key("a"),
        key("b"),
    )
    assert outcomes.failing(ImageReference.parse(OLD), key("z")).workloads == ()


def test_an_image_that_succeeded_once_counts_no_more() -> None:
    outcomes = ImageOutcomes()
    outcomes.note(named("a", FAILED))
    outcomes.note(named("b", DONE, None))
    assert outcomes.failing(IMAGE, key("z")).workloads == ()
    outcomes.note(named("b", replace(DONE, state=RolloutState.SUPERSEDED), None))
    assert outcomes.failing(IMAGE, key("z")).workloads == (key("a"),)


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
    assert outcomes.failing(IMAGE, key("z")).workloads == ()


def test_a_deleted_or_released_image_no_longer_counts() -> None:
    outcomes = ImageOutcomes()
    outcomes.note(named("a", FAILED))
    outcomes.note(named("b", FAILED))
    outcomes.note(named("a", FAILED, None))
    assert outcomes.failing(IMAGE, key("z")).workloads == (key("b"),)
    outcomes.forget(key("b"))
    outcomes.forget(key("b"))
    assert outcomes.failing(IMAGE, key("z")).workloads == ()


def elsewhere(namespace: str, name: str = "shop") -> WorkloadKey:
    return WorkloadKey(namespace, "Deployment", name)


def failed_in(namespace: str, name: str = "shop", *, forged: bool = False) -> Workload:
    """A workload whose record says that the image failed and was rolled back."""
    key = elsewhere(namespace, name)
    record = replace(FAILED, id="forged") if forged else FAILED
    return replace(named(name, record), key=key)


def test_another_namespace_counts_once_however_many_of_its_workloads_fail() -> None:
    outcomes = ImageOutcomes()
    for name in ("a", "b", "c", "d"):
        outcomes.observe(elsewhere("other", name), a_record())
        outcomes.note(failed_in("other", name))
    outcomes.note(named("a", FAILED))
    assert outcomes.failing(IMAGE, key("z")) == FailuresElsewhere((key("a"),), 1)


def test_an_unproven_record_counts_only_in_its_own_namespace() -> None:
    outcomes = ImageOutcomes()
    for namespace in ("one", "two", "three"):
        outcomes.note(failed_in(namespace))
    assert outcomes.failing(IMAGE, key("z")) == FailuresElsewhere()
    assert outcomes.failing(IMAGE, elsewhere("one", "z")) == FailuresElsewhere((elsewhere("one"),))


def test_observations_of_another_rollout_prove_nothing() -> None:
    outcomes = ImageOutcomes()
    outcomes.observe(elsewhere("other"), a_record())
    outcomes.note(failed_in("other", forged=True))
    assert outcomes.failing(IMAGE, key("z")) == FailuresElsewhere()


def test_a_rollback_that_was_observed_does_not_prove_the_failure_before_it() -> None:
    outcomes = ImageOutcomes()
    outcomes.observe(elsewhere("other"), replace(a_record(), failure=FAILURE))
    outcomes.note(failed_in("other"))
    assert outcomes.failing(IMAGE, key("z")) == FailuresElsewhere()


@pytest.mark.parametrize(
    ("progress", "counts"),
    [pytest.param(BEGUN, 1, id="and does not run"), pytest.param(COMPLETE, 0, id="and runs well")],
)
def test_a_failed_image_that_stands_in_the_template_counts(progress: Progress, counts: int) -> None:
    record = replace(FAILED, state=RolloutState.FAILED)
    workload = with_record(shop(progress, NEW, quarantine=NEW), record)
    outcomes = ImageOutcomes()
    outcomes.note(replace(workload, key=elsewhere("other")))
    assert outcomes.failing(IMAGE, key("z")).namespaces == counts


@pytest.mark.parametrize(
    ("workload", "released"),
    [
        pytest.param(with_record(shop(COMPLETE, NEW), DONE), True, id="it runs there"),
        pytest.param(with_record(shop(COMPLETE, OLD), DONE), False, id="only a record says so"),
        pytest.param(
            with_record(shop(replace(COMPLETE, desired=0, updated=0, available=0), NEW), DONE), False, id="nothing runs"
        ),
    ],
)
def test_a_success_elsewhere_counts_where(workload: Workload, *, released: bool) -> None:
    outcomes = ImageOutcomes()
    outcomes.note(named("a", FAILED))
    outcomes.note(replace(workload, key=elsewhere("other")))
    assert (outcomes.failing(IMAGE, key("z")) == FailuresElsewhere()) is released


def test_a_digest_counts_by_itself() -> None:
    one, two = (f"sha256:{digit * 64}" for digit in "12")
    step = ImageChange("app", f"shop:edge@{one}", f"shop:edge@{two}")
    outcomes = ImageOutcomes()
    outcomes.note(named("a", replace(FAILED, images=(step,)), f"shop@{two}"))
    assert outcomes.failing(ImageReference.parse(f"shop:edge@{two}"), key("z")).workloads == (key("a"),)
    assert outcomes.failing(ImageReference.parse(f"shop:edge@{one}"), key("z")).workloads == ()
