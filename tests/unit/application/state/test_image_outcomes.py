"""What fails on several workloads is known to the others."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.unit.domain.rollouts import BEGUN, COMPLETE, FAILURE, NEW, NOON, OLD, a_record, shop, with_record
from watch_cluster.adapters.memory.failure_memory import InProcessFailureMemory
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
        outcomes.observe(elsewhere("other", name), a_record(), FAILED)
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
    outcomes.observe(elsewhere("other"), a_record(), FAILED)
    outcomes.note(failed_in("other", forged=True))
    assert outcomes.failing(IMAGE, key("z")) == FailuresElsewhere()


def test_a_rollback_that_was_observed_does_not_prove_the_failure_before_it() -> None:
    outcomes = ImageOutcomes()
    outcomes.observe(elsewhere("other"), replace(a_record(), failure=FAILURE), FAILED)
    outcomes.note(failed_in("other"))
    assert outcomes.failing(IMAGE, key("z")) == FailuresElsewhere()


@pytest.mark.parametrize(
    ("progress", "paused", "counts"),
    [
        pytest.param(BEGUN, False, 1, id="and does not run"),
        pytest.param(COMPLETE, False, 0, id="and runs well"),
        pytest.param(BEGUN, True, 0, id="and is paused"),
        pytest.param(replace(BEGUN, updated=0), False, 0, id="and has no replica of it"),
    ],
)
def test_a_failed_image_that_stands_in_the_template_counts(progress: Progress, *, paused: bool, counts: int) -> None:
    record = replace(FAILED, state=RolloutState.FAILED)
    workload = with_record(shop(progress, NEW, quarantine=NEW), record)
    outcomes = ImageOutcomes()
    outcomes.note(replace(workload, key=elsewhere("other"), paused=paused))
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


def three_observe(*namespaces: str) -> ImageOutcomes:
    """Outcomes of a process that has seen the image fail in these namespaces."""
    outcomes = ImageOutcomes()
    for namespace in namespaces:
        outcomes.observe(elsewhere(namespace), a_record(), FAILED)
        outcomes.note(failed_in(namespace))
    return outcomes


def test_the_next_leader_knows_what_the_last_one_has_observed() -> None:
    memory = InProcessFailureMemory()
    memory.add(three_observe("one", "two").unwritten())
    following = ImageOutcomes()
    for namespace in ("one", "two", "three"):
        following.note(failed_in(namespace))
    assert following.failing(IMAGE, key("z")).namespaces == 0

    following.recall(memory.failures())

    assert following.failing(IMAGE, key("z")).namespaces == 2
    following.note(replace(failed_in("one"), annotations={}))
    assert following.failing(IMAGE, key("z")).namespaces == 1, "its owner has released it"


@pytest.mark.parametrize("kept", [True, False], ids=["by an earlier leader", "by this process"])
def test_a_record_that_was_changed_after_it_was_observed_proves_nothing(*, kept: bool) -> None:
    outcomes = three_observe("other")
    if kept:
        memory = InProcessFailureMemory()
        memory.add(outcomes.unwritten())
        outcomes = ImageOutcomes()
        outcomes.recall(memory.failures())
    another = "shop:6.6.6"
    images = tuple(replace(change, after=another) for change in FAILED.images)
    outcomes.note(replace(named("shop", replace(FAILED, images=images), another), key=elsewhere("other")))
    assert outcomes.failing(ImageReference.parse(another), key("z")) == FailuresElsewhere()


def test_a_success_that_was_observed_to_be_none_is_none() -> None:
    outcomes = ImageOutcomes()
    superseded = replace(a_record(), state=RolloutState.SUPERSEDED, ended=NOON)
    outcomes.observe(elsewhere("other"), a_record(), superseded)
    outcomes.note(replace(named("shop", DONE, None), key=elsewhere("other")))
    outcomes.note(named("a", FAILED))
    assert outcomes.failing(IMAGE, key("z")).workloads == (key("a"),)


def test_what_is_kept_is_not_written_again() -> None:
    outcomes = three_observe("one", "two")
    kept = dict(outcomes.unwritten())
    outcomes.observe(elsewhere("three"), a_record(), FAILED)
    outcomes.written(kept)
    assert list(outcomes.unwritten()) == ["three"]


def test_nothing_of_a_failure_of_the_environment_is_kept() -> None:
    outcomes = ImageOutcomes()
    environment = replace(FAILED, failure=replace(FAILURE, cause=FailureCause.ENVIRONMENT))
    outcomes.observe(elsewhere("other"), a_record(), environment)
    outcomes.observe(elsewhere("other"), a_record(), DONE)
    assert outcomes.unwritten() == {}
