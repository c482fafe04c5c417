"""What speaks against one candidate says nothing against the others; a registry that is away ends the check."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from tests.fakes.image_registry import FakeImageRegistry
from tests.fakes.timing import FakeClock
from tests.unit.application.shop import REPOSITORY, SHOP, WATCHED, TracedOrchestrator, app, checking, image
from watch_cluster.adapters.oci.auth.docker_config import NoCredentials
from watch_cluster.application.check.check_for_update import CheckForUpdate
from watch_cluster.application.ports.registry.image_registry import (
    RegistryError,
    RegistryUnavailable,
    RepositoryNotFound,
)
from watch_cluster.application.registry_queries.queries import RegistryAccess
from watch_cluster.application.registry_queries.query_cache import QueryCache
from watch_cluster.domain.images.origin import NO_ORIGIN, ImageOrigin
from watch_cluster.domain.images.reference import ImageReference
from watch_cluster.domain.update.decision import Decision, Held, HoldReason, Update
from watch_cluster.domain.workload import annotation

AWAY = RegistryUnavailable("registry.example answered 500 (server error)")
DAY = timedelta(days=1)


@pytest.fixture
def registry() -> FakeImageRegistry:
    return FakeImageRegistry({REPOSITORY: ("1.0.0", "1.0.1", "1.0.2", "1.0.3", "1.0.4")})


@pytest.fixture
def check(orchestrator: TracedOrchestrator, registry: FakeImageRegistry, clock: FakeClock) -> CheckForUpdate:
    return checking(orchestrator, RegistryAccess(registry, NoCredentials(), QueryCache(clock)), clock)


def digest(registry: FakeImageRegistry, tag: str) -> str:
    return registry.digest(ImageReference.parse(image(tag)).repository, tag)


def decide(check: CheckForUpdate, orchestrator: TracedOrchestrator, **settings: str) -> Decision:
    written = {f"{annotation.DOMAIN}/{key}": value for key, value in settings.items()}
    orchestrator.create(SHOP, [app()], {**WATCHED, **written})
    return check(SHOP).decisions[0]


def taken(decision: Decision) -> str:
    assert isinstance(decision, Update)
    return decision.candidate.effective_tag or ""


def why_not(decision: Decision, tag: str) -> str:
    return next(each.reason for each in decision.evaluated_tags if each.tag == tag and not each.kept)


@pytest.mark.parametrize("by_digest", [False, True], ids=["its tag", "its manifest"])
def test_a_candidate_for_which_the_registry_fails_is_passed_over(
    check: CheckForUpdate, orchestrator: TracedOrchestrator, registry: FakeImageRegistry, *, by_digest: bool
) -> None:
    registry.faults[f"{REPOSITORY}@{digest(registry, '1.0.4')}" if by_digest else image("1.0.4")] = AWAY
    decision = decide(check, orchestrator)
    assert taken(decision) == "1.0.3"
    assert why_not(decision, "1.0.4") == f"cannot be read: {AWAY}"


def test_a_registry_that_does_not_respond_for_the_current_image_either_is_unavailable(
    check: CheckForUpdate, orchestrator: TracedOrchestrator, registry: FakeImageRegistry
) -> None:
    registry.faults |= {image("1.0.4"): AWAY, image("1.0.0"): AWAY}
    decision = decide(check, orchestrator)
    assert isinstance(decision, Held)
    assert decision.reason is HoldReason.REGISTRY_UNREACHABLE
    assert decision.update is None


def test_a_missing_current_image_is_a_valid_response(
    check: CheckForUpdate, orchestrator: TracedOrchestrator, registry: FakeImageRegistry
) -> None:
    registry.faults |= {image("1.0.4"): AWAY, image("1.0.0"): RepositoryNotFound("no such image")}
    assert taken(decide(check, orchestrator)) == "1.0.3"


def test_stops_querying_a_registry_that_fails_for_many_candidates(
    check: CheckForUpdate, orchestrator: TracedOrchestrator, registry: FakeImageRegistry
) -> None:
    registry.faults |= {image(tag): AWAY for tag in ("1.0.4", "1.0.3", "1.0.2")}
    decision = decide(check, orchestrator)
    assert isinstance(decision, Held)
    assert decision.reason is HoldReason.REGISTRY_UNREACHABLE
    assert decision.update is None


def test_when_every_candidate_fails_the_newest_is_held_with_its_reason(
    check: CheckForUpdate, orchestrator: TracedOrchestrator, registry: FakeImageRegistry
) -> None:
    registry.repositories[REPOSITORY] = ("1.0.0", "1.0.1")
    registry.faults[image("1.0.1")] = AWAY
    decision = decide(check, orchestrator)
    assert isinstance(decision, Held)
    assert decision.reason is HoldReason.REGISTRY_UNREACHABLE
    assert f"{image('1.0.1')} is available, and it cannot be read: {AWAY}" in decision.message


def built(registry: FakeImageRegistry, when: datetime, *tags: str) -> None:
    registry.built_at |= {digest(registry, tag): when for tag in tags}


def test_a_candidate_built_long_before_what_runs_is_passed_over(
    check: CheckForUpdate, orchestrator: TracedOrchestrator, registry: FakeImageRegistry, clock: FakeClock
) -> None:
    built(registry, clock.now() - DAY, "1.0.0", "1.0.3")
    built(registry, clock.now() - 92 * DAY, "1.0.4")
    decision = decide(check, orchestrator)
    assert taken(decision) == "1.0.3"
    assert why_not(decision, "1.0.4").startswith("built on ")


def test_older_builds_are_reported_and_may_be_approved(
    check: CheckForUpdate, orchestrator: TracedOrchestrator, registry: FakeImageRegistry, clock: FakeClock
) -> None:
    registry.repositories[REPOSITORY] = ("1.0.0", "1.0.1")
    built(registry, clock.now() - DAY, "1.0.0")
    built(registry, clock.now() - 92 * DAY, "1.0.1")
    decision = decide(check, orchestrator)
    assert isinstance(decision, Held)
    assert decision.reason is HoldReason.BUILT_BEFORE_WHAT_RUNS
    assert annotation.APPROVED in decision.message


def test_selects_an_approved_candidate_whenever_it_was_built(
    check: CheckForUpdate, orchestrator: TracedOrchestrator, registry: FakeImageRegistry, clock: FakeClock
) -> None:
    built(registry, clock.now() - DAY, "1.0.0")
    built(registry, clock.now() - 92 * DAY, "1.0.4")
    assert taken(decide(check, orchestrator, approval="required", approved="1.0.4")) == "1.0.4"


@pytest.mark.parametrize("dated", [("1.0.0",), ("1.0.4",)], ids=["of what runs", "of the candidate"])
def test_a_date_of_only_one_image_holds_nothing_back(
    check: CheckForUpdate,
    orchestrator: TracedOrchestrator,
    registry: FakeImageRegistry,
    clock: FakeClock,
    dated: tuple[str, ...],
) -> None:
    built(registry, clock.now() - (DAY if dated == ("1.0.0",) else 92 * DAY), *dated)
    assert taken(decide(check, orchestrator)) == "1.0.4"


def test_a_current_image_whose_date_cannot_be_read_holds_nothing_back(
    check: CheckForUpdate, orchestrator: TracedOrchestrator, registry: FakeImageRegistry, clock: FakeClock
) -> None:
    built(registry, clock.now() - DAY, "1.0.0")
    built(registry, clock.now() - 92 * DAY, "1.0.4")
    registry.faults[image("1.0.0")] = RepositoryNotFound("no such image")
    assert taken(decide(check, orchestrator)) == "1.0.4"


ORIGIN = ImageOrigin("https://github.com/team/shop", version="1.0.4")


@pytest.mark.parametrize(
    "settings",
    [{}, {"mode": "notify"}, {"approved": "1.0.4"}, {"min-age": "1h"}],
    ids=["update", "notify", "approved", "too young"],
)
def test_a_chosen_image_says_where_it_comes_from_and_is_asked_once(
    check: CheckForUpdate, orchestrator: TracedOrchestrator, registry: FakeImageRegistry, settings: dict[str, str]
) -> None:
    chosen = digest(registry, "1.0.4")
    registry.origins[chosen] = ORIGIN
    decision = decide(check, orchestrator, **settings)
    update = decision.update if isinstance(decision, Held) else decision
    assert isinstance(update, Update)
    assert update.origin == update.change.origin == ORIGIN
    assert registry.described.count(chosen) == 1


@pytest.mark.parametrize("fault", [AWAY, RepositoryNotFound("no such blob")], ids=["away", "gone"])
def test_an_image_that_does_not_say_where_it_comes_from_is_taken_all_the_same(
    check: CheckForUpdate, orchestrator: TracedOrchestrator, registry: FakeImageRegistry, fault: RegistryError
) -> None:
    chosen = digest(registry, "1.0.4")
    registry.origins[chosen] = ORIGIN
    registry.faults[f"{REPOSITORY}@{chosen}.config"] = fault
    decision = decide(check, orchestrator, approved="1.0.4")
    assert taken(decision) == "1.0.4"
    assert isinstance(decision, Update)
    assert decision.origin == NO_ORIGIN
