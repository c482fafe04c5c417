"""What the images of a workload should become."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from tests.cluster.processes import wait_until
from tests.fakes.image_registry import FakeImageRegistry
from tests.fakes.timing import FakeClock
from tests.unit.application.shop import (
    CART,
    REPOSITORY,
    SHOP,
    WATCHED,
    TracedOrchestrator,
    app,
    checking,
    image,
    read_policy,
    roll_out,
)
from watch_cluster.application.check.check_for_update import Check, CheckForUpdate
from watch_cluster.application.ports.registry.image_registry import (
    RegistryError,
    RegistryRefused,
    RegistryUnauthorized,
    RegistryUnavailable,
    RepositoryNotFound,
)
from watch_cluster.application.ports.registry.pull_credentials import (
    PullCredentialsUnavailable,
    PullCredentialsUnreadable,
)
from watch_cluster.application.registry_queries.queries import RegistryAccess
from watch_cluster.application.registry_queries.query_cache import QueryCache
from watch_cluster.domain.images.credential import Credential
from watch_cluster.domain.images.mirror import Mirror
from watch_cluster.domain.images.reference import ImageReference, Repository
from watch_cluster.domain.rollout.changes import closed_record, record_change
from watch_cluster.domain.rollout.record.lifecycle import RolloutState
from watch_cluster.domain.update.decision import Held, HoldReason, Update, UpToDate
from watch_cluster.domain.workload import annotation
from watch_cluster.domain.workload.workload import Container, Workload


@dataclass
class FixedCredentials:
    """The same credentials, or the same fault, for every query."""

    credentials: tuple[Credential, ...] = ()
    fault: PullCredentialsUnreadable | None = None
    queries: list[tuple[Workload, Repository]] = field(default_factory=list)

    def candidates(self, workload: Workload, repository: Repository) -> tuple[Credential, ...]:
        self.queries.append((workload, repository))
        if self.fault is not None:
            raise self.fault
        return self.credentials


@pytest.fixture
def credentials() -> FixedCredentials:
    return FixedCredentials()


@pytest.fixture
def check(
    orchestrator: TracedOrchestrator, registry: FakeImageRegistry, credentials: FixedCredentials, clock: FakeClock
) -> CheckForUpdate:
    return checking(orchestrator, RegistryAccess(registry, credentials, QueryCache(clock)), clock)


def hold_of(check: Check) -> Held:
    [decision] = check.decisions
    assert isinstance(decision, Held)
    return decision


@pytest.mark.parametrize("strategy", ["version", "latest"])
def test_queries_the_mirror_and_writes_the_image_unchanged(
    check: CheckForUpdate, orchestrator: TracedOrchestrator, registry: FakeImageRegistry, strategy: str
) -> None:
    mirrored = Repository("mirror.example:5000", "shop")
    written = {annotation.STRATEGY: strategy, annotation.PIN: "true"}
    old = f"{image('1.0.0')}@sha256:{'0' * 64}"
    orchestrator.create(SHOP, [Container("app", old)], WATCHED | written)
    registry.repositories[str(mirrored)] = ("1.0.0", "1.0.1")
    mirrors = (Mirror.parse("registry.example=mirror.example:5000"),)
    [decision] = replace(check, registries=replace(check.registries, mirrors=mirrors))(SHOP).decisions
    assert isinstance(decision, Update)
    tag = "1.0.0" if strategy == "latest" else "1.0.1"
    assert decision.target == f"{image(tag)}@{registry.digest(mirrored, tag)}"
    assert {repository for repository, _ in registry.queries} == {mirrored}


def test_long_lists_are_evaluated_one_after_the_other_and_short_ones_at_once(
    check: CheckForUpdate, orchestrator: TracedOrchestrator, registry: FakeImageRegistry, clock: FakeClock
) -> None:
    orchestrator.create(SHOP, [app()], WATCHED)
    registry.repositories[REPOSITORY] = ("1.0.0", "1.0.1")
    with ThreadPoolExecutor(1) as pool, check.long_lists.turn():
        assert isinstance(pool.submit(check, SHOP).result(10).decisions[0], Update)
        clock.advance(timedelta(minutes=1))
        registry.repositories[REPOSITORY] = ("1.0.0", *(f"1.0.0-{number}" for number in range(6_000)))
        long = pool.submit(check, SHOP)
        wait_until(lambda: check.long_lists.waiting() == 1, "the long list waits", 10)
        assert not long.done()
    assert isinstance(long.result(10).decisions[0], UpToDate)


def test_a_newer_tag_is_an_update(
    check: CheckForUpdate, orchestrator: TracedOrchestrator, registry: FakeImageRegistry
) -> None:
    orchestrator.create(SHOP, [app()], WATCHED)
    registry.repositories[REPOSITORY] = ("1.0.0", "1.0.1")
    result = check(SHOP)
    [decision] = result.decisions
    assert isinstance(decision, Update)
    assert (decision.container, str(decision.current), str(decision.candidate)) == (
        "app",
        image("1.0.0"),
        image("1.0.1"),
    )
    assert (result.key, result.workload) == (SHOP, orchestrator.shop())
    assert result.policy == read_policy(orchestrator.shop())


def test_without_a_newer_tag_it_is_up_to_date_and_nothing_is_written(
    check: CheckForUpdate, orchestrator: TracedOrchestrator
) -> None:
    orchestrator.create(SHOP, [app()], WATCHED)
    assert check(SHOP).decisions == (UpToDate("app", ImageReference.parse(image("1.0.0"))),)
    assert orchestrator.changes == []


@pytest.mark.parametrize(
    ("error", "hold"),
    [
        pytest.param(RegistryUnavailable("no answer"), HoldReason.REGISTRY_UNREACHABLE, id="unavailable"),
        pytest.param(RegistryUnauthorized("no entry"), HoldReason.UNAUTHORIZED, id="unauthorised"),
        pytest.param(PullCredentialsUnreadable("no key"), HoldReason.UNAUTHORIZED, id="unreadable credentials"),
        pytest.param(
            PullCredentialsUnavailable("no word"), HoldReason.REGISTRY_UNREACHABLE, id="unavailable credentials"
        ),
        pytest.param(RepositoryNotFound("no such"), HoldReason.REPOSITORY_NOT_FOUND, id="not found"),
        pytest.param(RegistryRefused("no registry"), HoldReason.REGISTRY_REFUSED, id="refused"),
        pytest.param(RegistryError("no idea"), HoldReason.REGISTRY_REFUSED, id="anything else"),
    ],
)
def test_a_registry_that_does_not_respond_holds_back_the_container(
    check: CheckForUpdate,
    orchestrator: TracedOrchestrator,
    registry: FakeImageRegistry,
    error: RegistryError,
    hold: HoldReason,
) -> None:
    orchestrator.create(SHOP, [app()], WATCHED)
    registry.faults[REPOSITORY] = error
    assert hold_of(check(SHOP)) == Held(hold, f"container app: {error}", "app")


def test_unreadable_credentials_hold_the_container_without_querying_the_registry(
    check: CheckForUpdate,
    orchestrator: TracedOrchestrator,
    registry: FakeImageRegistry,
    credentials: FixedCredentials,
) -> None:
    orchestrator.create(SHOP, [app()], WATCHED)
    credentials.fault = PullCredentialsUnreadable("the file is no JSON")
    assert hold_of(check(SHOP)) == Held(HoldReason.UNAUTHORIZED, "container app: the file is no JSON", "app")
    assert registry.queries == []


def test_the_credentials_for_the_workload_and_repository_are_passed_on_in_their_order(
    check: CheckForUpdate,
    orchestrator: TracedOrchestrator,
    registry: FakeImageRegistry,
    credentials: FixedCredentials,
) -> None:
    orchestrator.create(SHOP, [app()], WATCHED)
    credentials.credentials = (Credential("robot", "first"), Credential("alice", "second"))
    check(SHOP)
    repository = ImageReference.parse(REPOSITORY).repository
    assert credentials.queries == [(orchestrator.shop(), repository)]
    assert registry.queries == [(repository, credentials.credentials)]


def test_a_workload_that_is_gone_is_not_watched(check: CheckForUpdate, registry: FakeImageRegistry) -> None:
    result = check(SHOP)
    assert hold_of(result).reason is HoldReason.NOT_WATCHED
    assert (result.workload, result.policy) == (None, None)
    assert registry.queries == []


@pytest.mark.parametrize(
    ("key", "value", "hold"),
    [
        pytest.param(annotation.ENABLED, "false", HoldReason.NOT_WATCHED, id="opted out"),
        pytest.param(annotation.ENABLED, "True", HoldReason.INVALID_CONFIGURATION, id="misspelt opt-in"),
        pytest.param(annotation.STRATEGY, "newest", HoldReason.INVALID_CONFIGURATION, id="no such strategy"),
        pytest.param(annotation.DOMAIN + "/stratgy", "version", HoldReason.INVALID_CONFIGURATION, id="no such key"),
    ],
)
def test_an_invalid_or_unwatched_workload_causes_no_query(
    check: CheckForUpdate,
    orchestrator: TracedOrchestrator,
    registry: FakeImageRegistry,
    key: str,
    value: str,
    hold: HoldReason,
) -> None:
    orchestrator.create(SHOP, [app()], {**WATCHED, key: value})
    result = check(SHOP)
    assert hold_of(result).reason is hold
    assert result.policy is None
    assert registry.queries == []


def test_an_invalid_configuration_is_held_back_with_the_value(
    check: CheckForUpdate, orchestrator: TracedOrchestrator
) -> None:
    orchestrator.create(SHOP, [app()], {**WATCHED, annotation.TIMEZONE: "Mars/Olympus"})
    assert "'Mars/Olympus'" in hold_of(check(SHOP)).message


@pytest.mark.parametrize(
    ("written", "hold"),
    [
        pytest.param(f"{REPOSITORY}:stable", HoldReason.TAG_NOT_A_VERSION, id="no version"),
        pytest.param(f"{REPOSITORY}@sha256:{'a' * 64}", HoldReason.NO_TAG, id="no tag"),
    ],
)
def test_an_image_that_cannot_be_followed_is_held_back(
    check: CheckForUpdate, orchestrator: TracedOrchestrator, written: str, hold: HoldReason
) -> None:
    orchestrator.create(SHOP, [Container("app", written)], WATCHED)
    assert hold_of(check(SHOP)).reason is hold


def test_a_rollout_in_progress_holds_updates_without_querying_the_registry(
    check: CheckForUpdate, orchestrator: TracedOrchestrator, registry: FakeImageRegistry, clock: FakeClock
) -> None:
    orchestrator.create(SHOP, [app()], WATCHED)
    record = roll_out(orchestrator, clock, "1.0.1")
    held = hold_of(check(SHOP))
    assert held.reason is HoldReason.ROLLOUT_IN_PROGRESS
    assert record.change in held.message
    assert registry.queries == []


@pytest.mark.parametrize("state", [each for each in RolloutState if each not in {"proposed", "running"}])
def test_a_rollout_that_has_ended_holds_back_nothing(
    check: CheckForUpdate, orchestrator: TracedOrchestrator, clock: FakeClock, state: RolloutState
) -> None:
    orchestrator.create(SHOP, [app()], WATCHED)
    record = roll_out(orchestrator, clock, "1.0.1")
    closed = closed_record(record, state, "why", clock.now())
    orchestrator.apply(SHOP, record_change(orchestrator.shop(), closed))
    assert check(SHOP).decisions == (UpToDate("app", ImageReference.parse(image("1.0.1"))),)


def test_the_record_of_another_workload_holds_back_nothing(
    check: CheckForUpdate, orchestrator: TracedOrchestrator, clock: FakeClock
) -> None:
    orchestrator.create(SHOP, [app()], WATCHED)
    roll_out(orchestrator, clock, "1.0.1")
    copied = orchestrator.shop().annotations
    orchestrator.delete(SHOP)
    orchestrator.create(SHOP, [app()], copied)
    assert check(SHOP).decisions == (UpToDate("app", ImageReference.parse(image("1.0.0"))),)


def test_workloads_that_are_due_at_one_tick_share_one_registry_query(
    check: CheckForUpdate, orchestrator: TracedOrchestrator, registry: FakeImageRegistry, clock: FakeClock
) -> None:
    tick = clock.now()
    orchestrator.create(SHOP, [app()], WATCHED)
    orchestrator.create(CART, [app()], WATCHED)
    clock.advance(timedelta(seconds=3))
    check(SHOP, tick)
    clock.advance(timedelta(seconds=3))
    check(CART, tick)
    assert len(registry.queries) == 1


def test_a_requested_check_queries_the_registry_again(
    check: CheckForUpdate, orchestrator: TracedOrchestrator, registry: FakeImageRegistry, clock: FakeClock
) -> None:
    tick = clock.now()
    orchestrator.create(SHOP, [app()], WATCHED)
    orchestrator.create(CART, [app()], {**WATCHED, annotation.CHECK_NOW: "please"})
    check(SHOP, tick)
    clock.advance(timedelta(seconds=3))
    check(CART, tick)
    assert len(registry.queries) == 2


def test_different_credentials_share_nothing(
    check: CheckForUpdate,
    orchestrator: TracedOrchestrator,
    registry: FakeImageRegistry,
    credentials: FixedCredentials,
    clock: FakeClock,
) -> None:
    orchestrator.create(SHOP, [app()], WATCHED)
    orchestrator.create(CART, [app()], WATCHED)
    for key, password in ((SHOP, "one"), (CART, "two")):
        credentials.credentials = (Credential("robot", password),)
        check(key, clock.now())
    assert len(registry.queries) == 2
