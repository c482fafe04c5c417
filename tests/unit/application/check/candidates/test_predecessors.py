"""Candidates wait for other workloads, by digest, and never in a cycle."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.fakes.image_registry import FakeImageRegistry
from tests.fakes.timing import FakeClock
from tests.unit.application.shop import (
    CART,
    REPOSITORY,
    SHOP,
    WATCHED,
    PlainNotifier,
    TracedOrchestrator,
    app,
    checking,
    following,
    image,
    read_policy,
    roll_out,
    see_through,
)
from watch_cluster.adapters.oci.auth.docker_config import NoCredentials
from watch_cluster.application.check.check_for_update import CheckForUpdate
from watch_cluster.application.registry_queries.queries import RegistryAccess
from watch_cluster.application.registry_queries.query_cache import QueryCache
from watch_cluster.domain.images.reference import ImageReference
from watch_cluster.domain.update.decision import Held, HoldReason, Update
from watch_cluster.domain.workload import annotation
from watch_cluster.domain.workload.workload import WorkloadKey

PRODUCTION = CART
"""It runs the shop's image, too, and comes after the shop."""


@pytest.fixture
def registry() -> FakeImageRegistry:
    return FakeImageRegistry({REPOSITORY: ("1.0.0", "1.0.1")})


@pytest.fixture
def check(orchestrator: TracedOrchestrator, registry: FakeImageRegistry, clock: FakeClock) -> CheckForUpdate:
    return checking(orchestrator, RegistryAccess(registry, NoCredentials(), QueryCache(clock)), clock)


def deploy_production(orchestrator: TracedOrchestrator, after: str) -> None:
    orchestrator.create(PRODUCTION, [app()], {**WATCHED, annotation.AFTER: after})


def update_staging(orchestrator: TracedOrchestrator, notifier: PlainNotifier, clock: FakeClock) -> None:
    orchestrator.create(SHOP, [app()], WATCHED)
    roll_out(orchestrator, clock, "1.0.1")
    see_through(following(orchestrator, notifier, clock), clock)


def test_selects_an_image_that_ran_for_long_enough(
    check: CheckForUpdate, orchestrator: TracedOrchestrator, notifier: PlainNotifier, clock: FakeClock
) -> None:
    update_staging(orchestrator, notifier, clock)
    deploy_production(orchestrator, f"{SHOP} 1h")
    [held] = check(PRODUCTION).decisions
    assert isinstance(held, Held)
    assert held.reason is HoldReason.NOT_PROVEN_ELSEWHERE
    assert f"is available, and waiting for {SHOP}: 1.0.1 runs there since 0 of 1h" in held.message
    clock.advance(timedelta(hours=1))
    [decision] = check(PRODUCTION).decisions
    assert isinstance(decision, Update)


def test_a_tag_that_was_moved_after_its_rollout_there_waits(
    check: CheckForUpdate,
    orchestrator: TracedOrchestrator,
    notifier: PlainNotifier,
    clock: FakeClock,
    registry: FakeImageRegistry,
) -> None:
    orchestrator._pull = lambda each: registry.digest(each.repository, each.effective_tag or "")
    update_staging(orchestrator, notifier, clock)
    deploy_production(orchestrator, f"{SHOP} 0")
    [decision] = check(PRODUCTION).decisions
    assert isinstance(decision, Update)
    registry.digests[image("1.0.1")] = f"sha256:{'e' * 64}"
    clock.advance(timedelta(minutes=5))
    [held] = check(PRODUCTION).decisions
    assert isinstance(held, Held)
    assert f"waiting for {SHOP}: another image runs there as 1.0.1" in held.message


@pytest.mark.parametrize("length", [2, 3, 7])
def test_reports_a_cycle_with_all_its_workloads(
    check: CheckForUpdate, orchestrator: TracedOrchestrator, length: int
) -> None:
    keys = [WorkloadKey("default", "Deployment", f"shop{number}") for number in range(length)]
    for key, before in zip(keys, keys[1:] + keys[:1], strict=True):
        orchestrator.create(key, [app()], {**WATCHED, annotation.AFTER: f"{before} 1h"})
    [held] = check(keys[0]).decisions
    assert isinstance(held, Held)
    assert held.reason is HoldReason.INVALID_CONFIGURATION
    assert " after ".join(map(str, [*keys, keys[0]])) in held.message


def test_a_cycle_of_other_workloads_is_no_error_of_this_one(
    check: CheckForUpdate, orchestrator: TracedOrchestrator
) -> None:
    other = WorkloadKey("default", "Deployment", "other")
    orchestrator.create(SHOP, [app()], {**WATCHED, annotation.AFTER: f"{other} 1h"})
    orchestrator.create(other, [app()], {**WATCHED, annotation.AFTER: f"{SHOP} 1h"})
    deploy_production(orchestrator, f"{SHOP} 1h")
    [held] = check(PRODUCTION).decisions
    assert isinstance(held, Held)
    assert held.reason is HoldReason.NOT_PROVEN_ELSEWHERE


def test_the_chain_names_each_predecessor_once_before_its_own(
    check: CheckForUpdate, orchestrator: TracedOrchestrator, clock: FakeClock
) -> None:
    dev = WorkloadKey("dev", "Deployment", "shop")
    orchestrator.create(SHOP, [app()], {**WATCHED, annotation.AFTER: f"{dev} 1d"})
    orchestrator.create(dev, [app()], {**WATCHED, annotation.AFTER: "not valid"})
    deploy_production(orchestrator, f"{SHOP} 3d,{dev} 0,gone/Deployment/shop 0")
    workload = orchestrator.find(PRODUCTION)
    assert workload is not None
    chain = check.predecessors.chain(PRODUCTION, read_policy(workload), clock.now())
    assert [(str(each.predecessor), each.depth, each.standing) for each in chain] == [
        (f"{SHOP} 3d", 1, "no rollout is on record"),
        (f"{dev} 1d", 2, "no rollout is on record"),
        ("gone/Deployment/shop 0", 1, "it does not exist or is not watched"),
    ]


def test_a_workload_without_predecessors_reads_no_other(
    check: CheckForUpdate, orchestrator: TracedOrchestrator
) -> None:
    orchestrator.create(SHOP, [app()], WATCHED)
    [decision] = check(SHOP).decisions
    assert isinstance(decision, Update)
    assert decision.candidate == ImageReference.parse(image("1.0.1"))
