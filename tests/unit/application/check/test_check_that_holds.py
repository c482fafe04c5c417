"""Checks of workloads whose owners want to wait, and what they note for the next check."""

from __future__ import annotations

import hashlib
from datetime import timedelta

import pytest

from tests.fakes.image_registry import FakeImageRegistry
from tests.fakes.timing import FakeClock
from tests.unit.application.shop import REPOSITORY, SHOP, WATCHED, TracedOrchestrator, app, checking, image
from watch_cluster.adapters.oci.auth.docker_config import NoCredentials
from watch_cluster.application.check.check_for_update import CheckForUpdate
from watch_cluster.application.ports.registry.image_registry import (
    RegistryError,
    RegistryRefused,
    RegistryUnauthorized,
    RegistryUnavailable,
    RepositoryNotFound,
)
from watch_cluster.application.registry_queries.queries import RegistryAccess
from watch_cluster.application.registry_queries.query_cache import QueryCache
from watch_cluster.domain.images.mirror import Mirror
from watch_cluster.domain.images.platform import Node, Platform
from watch_cluster.domain.images.reference import ImageReference
from watch_cluster.domain.policy.rollout_settings import RolloutSettings
from watch_cluster.domain.rollout.record.lifecycle import RolloutState
from watch_cluster.domain.rollout.record.record import RolloutRecord
from watch_cluster.domain.update.decision import Decision, Held, HoldReason, Update, UpToDate
from watch_cluster.domain.workload import annotation
from watch_cluster.domain.workload.workload import Change, Container, ImageChange

HOUR = timedelta(hours=1)
FIRST_SEEN = annotation.FIRST_SEEN


@pytest.fixture
def registry() -> FakeImageRegistry:
    return FakeImageRegistry({REPOSITORY: ("1.0.0", "1.0.1", "1.1.0-rc1")})


@pytest.fixture
def check(orchestrator: TracedOrchestrator, registry: FakeImageRegistry, clock: FakeClock) -> CheckForUpdate:
    return checking(orchestrator, RegistryAccess(registry, NoCredentials(), QueryCache(clock)), clock)


def digest(registry: FakeImageRegistry, tag: str) -> str:
    """What the tag of the shop stands for."""
    return registry.digest(ImageReference.parse(image(tag)).repository, tag)


def republish(registry: FakeImageRegistry, tag: str) -> str:
    """Have the tag of the shop stand for something else, and tell what."""
    registry.digests[image(tag)] = f"sha256:{hashlib.sha256(digest(registry, tag).encode()).hexdigest()}"
    return digest(registry, tag)


def watched(orchestrator: TracedOrchestrator, *containers: Container, **settings: str) -> None:
    written = {f"{annotation.DOMAIN}/{key.replace('_', '-')}": value for key, value in settings.items()}
    orchestrator.create(SHOP, containers or [app()], {**WATCHED, **written})


def decision_of(check: CheckForUpdate, orchestrator: TracedOrchestrator) -> Decision:
    """Check the shop, note what is to be noted, and give the decision for its first container."""
    result = check(SHOP)
    if result.notes:
        orchestrator.apply(SHOP, Change(orchestrator.shop().uid, result.notes, {}))
    return result.decisions[0]


def reason_of(decision: Decision) -> HoldReason:
    assert isinstance(decision, Held), str(decision)
    return decision.reason


def candidate_of(decision: Decision) -> str:
    assert isinstance(decision, Update), str(decision)
    return str(decision.candidate)


def test_selects_a_candidate_that_was_seen_long_enough(
    check: CheckForUpdate, orchestrator: TracedOrchestrator, clock: FakeClock
) -> None:
    watched(orchestrator, min_age="36h")
    assert reason_of(decision_of(check, orchestrator)) is HoldReason.TOO_YOUNG
    clock.advance(35 * HOUR)
    assert reason_of(decision_of(check, orchestrator)) is HoldReason.TOO_YOUNG
    clock.advance(HOUR)
    assert candidate_of(decision_of(check, orchestrator)) == image("1.0.1")


def test_selects_an_older_tag_while_the_newest_is_too_young(
    check: CheckForUpdate, orchestrator: TracedOrchestrator, registry: FakeImageRegistry, clock: FakeClock
) -> None:
    watched(orchestrator, min_age="36h")
    decision_of(check, orchestrator)
    clock.advance(36 * HOUR)
    registry.repositories[REPOSITORY] = ("1.0.0", "1.0.1", "1.0.2")
    result = check(SHOP)
    [decision] = result.decisions
    assert candidate_of(decision) == image("1.0.1")
    assert [(each.tag, each.kept) for each in decision.evaluated_tags] == [("1.0.2", False), ("1.0.1", True)]
    assert "of the 1d12h that min-age wants" in decision.evaluated_tags[0].reason


def test_a_moved_tag_is_young_again(
    check: CheckForUpdate, orchestrator: TracedOrchestrator, registry: FakeImageRegistry, clock: FakeClock
) -> None:
    watched(orchestrator, min_age="36h")
    decision_of(check, orchestrator)
    clock.advance(36 * HOUR)
    republish(registry, "1.0.1")
    assert reason_of(decision_of(check, orchestrator)) is HoldReason.TOO_YOUNG


def test_the_age_counts_for_a_digest_too(
    check: CheckForUpdate, orchestrator: TracedOrchestrator, registry: FakeImageRegistry, clock: FakeClock
) -> None:
    now = digest(registry, "1.0.0")
    watched(orchestrator, Container("app", f"{image('1.0.0')}@{now}"), strategy="latest", min_age="1h")
    fresh = republish(registry, "1.0.0")
    assert reason_of(decision_of(check, orchestrator)) is HoldReason.TOO_YOUNG
    clock.advance(HOUR)
    assert candidate_of(decision_of(check, orchestrator)) == f"{image('1.0.0')}@{fresh}"


def test_pins_the_digest_that_was_old_enough(
    check: CheckForUpdate, orchestrator: TracedOrchestrator, registry: FakeImageRegistry, clock: FakeClock
) -> None:
    watched(orchestrator, min_age="1h", pin="true")
    decision_of(check, orchestrator)
    clock.advance(HOUR)
    fresh = digest(registry, "1.0.1")
    registry.queries.clear()
    assert candidate_of(decision_of(check, orchestrator)) == f"{image('1.0.1')}@{fresh}"
    assert len(registry.queries) == 5, "for the tags, for one digest of each tag, for the platforms of both"


def test_a_candidate_waits_for_its_approval_and_for_no_other(
    check: CheckForUpdate, orchestrator: TracedOrchestrator, registry: FakeImageRegistry, clock: FakeClock
) -> None:
    watched(orchestrator, approval="required")
    assert reason_of(decision_of(check, orchestrator)) is HoldReason.WAITING_FOR_APPROVAL
    assert orchestrator.shop().annotations[annotation.PENDING] == "1.0.1"

    clock.advance(HOUR)
    registry.repositories[REPOSITORY] = ("1.0.0", "1.0.1", "1.0.2")
    orchestrator.annotate(SHOP, {annotation.APPROVED: "1.0.1"})
    assert candidate_of(decision_of(check, orchestrator)) == image("1.0.1")


def test_an_approved_digest_that_the_tag_no_longer_has_is_held_back(
    check: CheckForUpdate, orchestrator: TracedOrchestrator, registry: FakeImageRegistry, clock: FakeClock
) -> None:
    now = digest(registry, "1.0.0")
    watched(orchestrator, Container("app", f"{image('1.0.0')}@{now}"), strategy="latest", approval="required")
    fresh = republish(registry, "1.0.0")
    assert reason_of(decision_of(check, orchestrator)) is HoldReason.WAITING_FOR_APPROVAL
    pending = orchestrator.shop().annotations[annotation.PENDING]
    assert pending == fresh

    clock.advance(HOUR)
    fresher = republish(registry, "1.0.0")
    orchestrator.annotate(SHOP, {annotation.APPROVED: pending})
    assert reason_of(decision_of(check, orchestrator)) is HoldReason.WAITING_FOR_APPROVAL
    assert orchestrator.shop().annotations[annotation.PENDING] == fresher


def test_an_approved_candidate_must_be_old_enough_too(
    check: CheckForUpdate, orchestrator: TracedOrchestrator, clock: FakeClock
) -> None:
    watched(orchestrator, approval="required", approved="1.0.1", min_age="1h")
    assert reason_of(decision_of(check, orchestrator)) is HoldReason.TOO_YOUNG
    clock.advance(HOUR)
    assert candidate_of(decision_of(check, orchestrator)) == image("1.0.1")


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        pytest.param({"mode": "notify"}, HoldReason.NOTIFY_ONLY, id="notify"),
        pytest.param({"window": "0 0 2 ? * SUN 4h"}, HoldReason.OUTSIDE_WINDOW, id="window"),
    ],
)
def test_a_hold_names_its_candidate(
    check: CheckForUpdate, orchestrator: TracedOrchestrator, settings: dict[str, str], reason: HoldReason
) -> None:
    watched(orchestrator, **settings)
    decision = decision_of(check, orchestrator)
    assert reason_of(decision) is reason
    assert isinstance(decision, Held)
    assert decision.update is not None
    assert decision.update.target == image("1.0.1")


def test_a_frozen_namespace_holds_back_and_so_does_our_own(
    check: CheckForUpdate, orchestrator: TracedOrchestrator
) -> None:
    watched(orchestrator)
    for namespace in (SHOP.namespace, "watch-cluster"):
        orchestrator.freeze(namespace, "release week")
        decision = decision_of(check, orchestrator)
        assert reason_of(decision) is HoldReason.FROZEN
        assert f"namespace {namespace} is frozen: release week" in str(getattr(decision, "message", ""))
        orchestrator.freeze(namespace, None)
    orchestrator.freeze("somewhere-else", "theirs")
    assert candidate_of(decision_of(check, orchestrator)) == image("1.0.1")


def test_does_not_query_a_workload_that_another_object_controls(
    check: CheckForUpdate, orchestrator: TracedOrchestrator, registry: FakeImageRegistry
) -> None:
    watched(orchestrator)
    orchestrator.set_owner(SHOP, "Rollout shop")
    assert reason_of(decision_of(check, orchestrator)) is HoldReason.CONTROLLED_BY_OWNER
    assert registry.queries == []


def test_each_container_is_decided_on_by_its_own_settings(
    check: CheckForUpdate, orchestrator: TracedOrchestrator
) -> None:
    watched(orchestrator, app(), Container("second", image("1.0.0")), containers="*")
    orchestrator.annotate(SHOP, {annotation.of_container(annotation.PRERELEASE, "second"): "true"})
    first, second = check(SHOP).decisions
    assert candidate_of(first) == image("1.0.1")
    assert candidate_of(second) == image("1.1.0-rc1")


def test_a_second_check_writes_nothing_new(check: CheckForUpdate, orchestrator: TracedOrchestrator) -> None:
    watched(orchestrator, approval="required", min_age="1h")
    decision_of(check, orchestrator)
    assert FIRST_SEEN in orchestrator.shop().annotations
    assert check(SHOP).notes == {}


AMD64, ARM64 = Platform.of("linux", "amd64"), Platform.of("linux", "arm64")


def built(registry: FakeImageRegistry, tag: str, *platforms: Platform) -> None:
    registry.built_for[digest(registry, tag)] = frozenset(platforms)


@pytest.fixture
def mixed(orchestrator: TracedOrchestrator, registry: FakeImageRegistry) -> None:
    """Two nodes of different platforms, and an image for both."""
    orchestrator.machines = (Node(AMD64), Node(ARM64))
    registry.repositories[REPOSITORY] = ("1.0.0", "1.0.1", "1.0.2")
    for tag in ("1.0.0", "1.0.1"):
        built(registry, tag, AMD64, ARM64)


@pytest.mark.usefixtures("mixed")
def test_a_candidate_that_some_nodes_could_not_run_is_passed_over(
    check: CheckForUpdate, orchestrator: TracedOrchestrator, registry: FakeImageRegistry
) -> None:
    built(registry, "1.0.2", AMD64)
    watched(orchestrator)
    decision = decision_of(check, orchestrator)
    assert candidate_of(decision) == image("1.0.1")
    assert next((each.tag, each.kept, each.reason) for each in decision.evaluated_tags) == (
        "1.0.2",
        False,
        "not built for linux/arm64",
    )


@pytest.mark.usefixtures("mixed")
def test_when_none_can_be_run_everywhere_all_are_held_back(
    check: CheckForUpdate, orchestrator: TracedOrchestrator, registry: FakeImageRegistry
) -> None:
    for tag in ("1.0.1", "1.0.2"):
        built(registry, tag, AMD64)
    watched(orchestrator)
    decision = decision_of(check, orchestrator)
    assert reason_of(decision) is HoldReason.NOT_BUILT_FOR
    assert isinstance(decision, Held)
    assert "not built for linux/arm64, on which the workload may run" in decision.message
    assert decision.update is not None
    assert decision.update.target == image("1.0.2")


@pytest.mark.usefixtures("mixed")
@pytest.mark.parametrize("nodes", [(Node(AMD64),), ()], ids=["one platform", "no nodes"])
def test_a_platform_without_nodes_is_not_missing(
    check: CheckForUpdate, orchestrator: TracedOrchestrator, registry: FakeImageRegistry, nodes: tuple[Node, ...]
) -> None:
    orchestrator.machines = nodes
    built(registry, "1.0.2", AMD64)
    watched(orchestrator)
    assert candidate_of(decision_of(check, orchestrator)) == image("1.0.2")


@pytest.mark.usefixtures("mixed")
def test_a_registry_without_the_information_holds_nothing_back(
    check: CheckForUpdate, orchestrator: TracedOrchestrator
) -> None:
    watched(orchestrator)
    assert candidate_of(decision_of(check, orchestrator)) == image("1.0.2")


def test_a_current_tag_that_the_registry_has_no_longer_holds_nothing_back(
    check: CheckForUpdate, orchestrator: TracedOrchestrator, registry: FakeImageRegistry
) -> None:
    registry.repositories[REPOSITORY] = ("1.0.1",)
    built(registry, "1.0.1", AMD64)
    watched(orchestrator)
    assert candidate_of(decision_of(check, orchestrator)) == image("1.0.1")


UNREADABLE = [
    pytest.param(RepositoryNotFound("no such image"), HoldReason.REPOSITORY_NOT_FOUND, id="404"),
    pytest.param(RegistryUnauthorized("blocked by a scan"), HoldReason.UNAUTHORIZED, id="403"),
    pytest.param(RegistryRefused("an index of 5000 platforms"), HoldReason.REGISTRY_REFUSED, id="refused"),
]


@pytest.mark.parametrize("by_digest", [False, True], ids=["its tag", "its digest"])
@pytest.mark.parametrize(("fault", "_reason"), UNREADABLE)
def test_a_candidate_that_cannot_be_read_is_passed_over(
    check: CheckForUpdate,
    orchestrator: TracedOrchestrator,
    registry: FakeImageRegistry,
    fault: RegistryError,
    _reason: HoldReason,
    *,
    by_digest: bool,
) -> None:
    registry.repositories[REPOSITORY] = ("1.0.0", "1.0.1", "1.0.2")
    name = f"{REPOSITORY}@{digest(registry, '1.0.2')}" if by_digest else image("1.0.2")
    registry.faults[name] = fault
    watched(orchestrator)
    decision = decision_of(check, orchestrator)
    assert candidate_of(decision) == image("1.0.1")
    assert decision.evaluated_tags[0].reason == f"cannot be read: {fault}"


@pytest.mark.parametrize(("fault", "reason"), UNREADABLE)
def test_a_candidate_that_cannot_be_read_is_not_rolled_out(
    check: CheckForUpdate,
    orchestrator: TracedOrchestrator,
    registry: FakeImageRegistry,
    fault: RegistryError,
    reason: HoldReason,
) -> None:
    registry.faults[f"{REPOSITORY}@{digest(registry, '1.0.1')}"] = fault
    watched(orchestrator)
    decision = decision_of(check, orchestrator)
    assert isinstance(decision, Held)
    assert decision.reason is reason
    assert f"{image('1.0.1')} is available, and it cannot be read: {fault}" in decision.message


@pytest.mark.parametrize(("fault", "_reason"), UNREADABLE)
def test_a_current_tag_that_cannot_be_read_does_not_stop_the_way_out(
    check: CheckForUpdate,
    orchestrator: TracedOrchestrator,
    registry: FakeImageRegistry,
    fault: RegistryError,
    _reason: HoldReason,
) -> None:
    registry.faults[image("1.0.0")] = fault
    built(registry, "1.0.1", AMD64)
    watched(orchestrator)
    assert candidate_of(decision_of(check, orchestrator)) == image("1.0.1")


def rolled_out(orchestrator: TracedOrchestrator, clock: FakeClock, before: str, after: str) -> None:
    """Have the shop pinned to a digest by a rollout that replaced the other one, and is done."""
    settings = RolloutSettings(timedelta(minutes=10))
    tag = image("1.0.0")
    steps = (ImageChange("app", f"{tag}@{before}", f"{tag}@{after}"),)
    record = RolloutRecord("1", orchestrator.shop().uid, steps, clock.now(), settings, RolloutState.DONE)
    orchestrator.annotate(SHOP, {annotation.ROLLOUT: str(record)})


def test_a_recently_replaced_digest_is_restored_only_when_it_is_stable(
    check: CheckForUpdate, orchestrator: TracedOrchestrator, registry: FakeImageRegistry, clock: FakeClock
) -> None:
    old = digest(registry, "1.0.0")
    new = f"sha256:{'a' * 64}"
    watched(orchestrator, Container("app", f"{image('1.0.0')}@{new}"), strategy="latest")
    rolled_out(orchestrator, clock, old, new)
    for tag_stands_for in (old, new, old):
        registry.digests[image("1.0.0")] = tag_stands_for
        clock.advance(timedelta(minutes=50))
        decision = decision_of(check, orchestrator)
        assert isinstance(decision, UpToDate if tag_stands_for == new else Held)
        if isinstance(decision, Held):
            assert decision.reason is HoldReason.TOO_YOUNG
            assert (
                "the last rollout replaced this digest, and the tag has stood for it again for 0:00:00 of 1:00:00"
                in (decision.message)
            )
    clock.advance(HOUR)
    assert candidate_of(decision_of(check, orchestrator)) == f"{image('1.0.0')}@{old}"


def test_a_digest_that_was_replaced_long_ago_is_restored(
    check: CheckForUpdate, orchestrator: TracedOrchestrator, registry: FakeImageRegistry, clock: FakeClock
) -> None:
    old, new = digest(registry, "1.0.0"), f"sha256:{'a' * 64}"
    watched(orchestrator, Container("app", f"{image('1.0.0')}@{new}"), strategy="latest")
    rolled_out(orchestrator, clock, old, new)
    clock.advance(timedelta(days=1))
    assert candidate_of(decision_of(check, orchestrator)) == f"{image('1.0.0')}@{old}"


def test_a_check_does_not_mix_responses_of_a_mirror_and_its_registry(
    orchestrator: TracedOrchestrator, registry: FakeImageRegistry, clock: FakeClock
) -> None:
    mirror = "mirror.example/shop"
    registries = RegistryAccess(
        registry, NoCredentials(), QueryCache(clock), (Mirror.parse("registry.example=mirror.example"),)
    )
    registry.repositories[mirror] = ("1.0.0", "1.0.1")
    registry.faults[f"{mirror}:1.0.1"] = RegistryUnavailable("the mirror is away")
    watched(orchestrator)
    check = checking(orchestrator, registries, clock)
    assert reason_of(decision_of(check, orchestrator)) is HoldReason.REGISTRY_UNREACHABLE
    assert {str(repository) for repository, _ in registry.queries} == {mirror}

    clock.advance(HOUR)
    registry.faults[mirror] = RegistryUnavailable("the mirror is away")
    registry.queries.clear()
    assert candidate_of(decision_of(check, orchestrator)) == image("1.0.1")
    assert [str(repository) for repository, _ in registry.queries] == [mirror, *[REPOSITORY] * 5]
