"""Unsigned images are skipped, verified ones are pinned, and unsigned running ones are reported."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from tests.fakes.image_registry import FakeImageRegistry
from tests.fakes.timing import FakeClock
from tests.signatures.keys import public_key, statement
from tests.unit.application.shop import REPOSITORY, SHOP, WATCHED, TracedOrchestrator, app, checking, image
from watch_cluster.adapters.oci.auth.docker_config import NoCredentials
from watch_cluster.adapters.signatures.verifier import CosignVerifier
from watch_cluster.application.check.candidates.verify_image import VerifyImage
from watch_cluster.application.check.check_for_update import Check, CheckForUpdate
from watch_cluster.application.ports.orchestrator.signing_keys import KeyUnavailable
from watch_cluster.application.ports.registry.image_registry import RegistryUnavailable
from watch_cluster.application.registry_queries.queries import RegistryAccess
from watch_cluster.application.registry_queries.query_cache import QueryCache
from watch_cluster.domain.images.reference import ImageReference
from watch_cluster.domain.policy.values.verification import PublicKey, SecretKeyRef, VerifyPolicy
from watch_cluster.domain.update.decision import Held, HoldReason, Update
from watch_cluster.domain.workload import annotation
from watch_cluster.domain.workload.workload import Workload

PROVENANCE = "https://slsa.dev/provenance/v1"
TEAM = VerifyPolicy("team", ("**",), (public_key("team"),))


@dataclass
class Keys:
    """The keys in the Secrets of all namespaces, by `SECRET/KEY`."""

    known: dict[str, PublicKey] = field(default_factory=dict)

    def read(self, workload: Workload, reference: SecretKeyRef) -> PublicKey:
        if str(reference) not in self.known:
            raise KeyUnavailable(f"{workload.key.namespace} has no {reference}")
        return self.known[str(reference)]


@pytest.fixture
def registry() -> FakeImageRegistry:
    return FakeImageRegistry({REPOSITORY: ("1.0.0", "1.0.1", "1.0.2")})


@pytest.fixture
def keys() -> Keys:
    return Keys()


Run = Callable[..., Check]


@pytest.fixture
def run(orchestrator: TracedOrchestrator, registry: FakeImageRegistry, clock: FakeClock, keys: Keys) -> Run:
    def check(*policies: VerifyPolicy, **settings: str) -> Check:
        verify = VerifyImage(policies, CosignVerifier(), lambda: keys)
        registries = RegistryAccess(registry, NoCredentials(), QueryCache(clock))
        checks: CheckForUpdate = checking(orchestrator, registries, clock, verify=verify)
        written = {f"{annotation.DOMAIN}/{key.replace('_', '-')}": value for key, value in settings.items()}
        orchestrator.create(SHOP, [app()], {**WATCHED, **written})
        return checks(SHOP)

    return check


def digest(registry: FakeImageRegistry, tag: str) -> str:
    return registry.digest(ImageReference.parse(image(tag)).repository, tag)


def sign(registry: FakeImageRegistry, tag: str, *names: str, of: str | None = None) -> None:
    known = digest(registry, tag)
    made = digest(registry, of or tag)
    registry.signed[known] = (*registry.signed.get(known, ()), *(statement(name, made) for name in names))


def held(check: Check) -> Held:
    [decision] = check.decisions
    assert isinstance(decision, Held)
    return decision


def test_without_a_policy_nothing_is_verified_or_pinned(run: Run) -> None:
    [decision] = run().decisions
    assert isinstance(decision, Update)
    assert str(decision.candidate) == image("1.0.2")


def test_a_signed_image_is_pinned_to_the_verified_digest(run: Run, registry: FakeImageRegistry) -> None:
    sign(registry, "1.0.2", "team")
    [decision] = run(TEAM).decisions
    assert isinstance(decision, Update)
    assert str(decision.candidate) == f"{image('1.0.2')}@{digest(registry, '1.0.2')}"


def test_an_unsigned_candidate_is_passed_over_for_a_signed_one(run: Run, registry: FakeImageRegistry) -> None:
    sign(registry, "1.0.1", "team")
    [decision] = run(TEAM).decisions
    assert isinstance(decision, Update)
    assert decision.candidate.effective_tag == "1.0.1"
    assert [each.reason for each in decision.evaluated_tags if each.tag == "1.0.2"] == ["not signed by team"]


@pytest.mark.parametrize(
    "names", [(), ("stranger",), ("former",)], ids=["unsigned", "signed by a stranger", "signed with a key of old"]
)
def test_no_image_is_rolled_out_without_the_required_signatures(
    run: Run, registry: FakeImageRegistry, names: tuple[str, ...]
) -> None:
    for tag in ("1.0.1", "1.0.2"):
        sign(registry, tag, *names)
    hold = held(run(TEAM))
    assert hold.reason is HoldReason.NOT_SIGNED
    assert f"{image('1.0.2')} is available, and not signed by team" in hold.message


def test_the_signature_of_another_image_is_none(run: Run, registry: FakeImageRegistry) -> None:
    registry.repositories[REPOSITORY] = ("1.0.0", "1.0.1")
    sign(registry, "1.0.1", "team", of="1.0.0")
    assert held(run(TEAM)).reason is HoldReason.NOT_SIGNED


def test_while_keys_are_rotated_either_one_is_enough(run: Run, registry: FakeImageRegistry) -> None:
    sign(registry, "1.0.2", "former")
    [decision] = run(VerifyPolicy("team", ("**",), (public_key("team"), public_key("former")))).decisions
    assert isinstance(decision, Update)


def test_all_policies_must_hold(run: Run, registry: FakeImageRegistry) -> None:
    sign(registry, "1.0.2", "team")
    security = VerifyPolicy("security", ("registry.example/*",), (public_key("security"),))
    assert "not signed by security" in held(run(TEAM, security)).message


def test_a_policy_of_other_repositories_does_not_apply(run: Run) -> None:
    [decision] = run(VerifyPolicy("other", ("ghcr.io/**",), (public_key("team"),))).decisions
    assert isinstance(decision, Update)


def test_an_attestation_is_no_signature_and_may_be_wanted_as_well(run: Run, registry: FakeImageRegistry) -> None:
    sign(registry, "1.0.2", "team")
    policy = VerifyPolicy("team", ("**",), (public_key("team"),), attestations=(PROVENANCE,))
    assert f"not attested as {PROVENANCE} by team" in held(run(policy)).message


def test_with_warn_an_unsigned_image_is_rolled_out_and_reported(run: Run) -> None:
    check = run(VerifyPolicy("team", ("**",), (public_key("team"),), enforce=False))
    [decision] = check.decisions
    assert isinstance(decision, Update)
    assert f"container app: {image('1.0.2')} is taken and is not signed by team" in check.unverified


def test_an_unsigned_running_image_is_reported_and_left(run: Run, registry: FakeImageRegistry) -> None:
    registry.repositories[REPOSITORY] = ("1.0.0",)
    check = run(TEAM)
    assert check.unverified == (f"container app: {image('1.0.0')} runs and is not signed by team; it is left as it is",)
    sign(registry, "1.0.0", "team")
    assert run(TEAM).unverified == ()


def test_a_registry_that_does_not_respond_holds(run: Run, registry: FakeImageRegistry) -> None:
    registry.repositories[REPOSITORY] = ("1.0.0", "1.0.1")
    sign(registry, "1.0.1", "team")
    registry.faults[f"{REPOSITORY}@{digest(registry, '1.0.1')}.sig"] = RegistryUnavailable("away")
    hold = held(run(TEAM))
    assert hold.reason is HoldReason.REGISTRY_UNREACHABLE


def test_an_owner_verifies_with_a_key_of_the_own_namespace(run: Run, registry: FakeImageRegistry, keys: Keys) -> None:
    keys.known["cosign/cosign.pub"] = public_key("owner")
    assert "not signed by the key of owner" in held(run(verify_key="cosign/cosign.pub")).message
    sign(registry, "1.0.2", "owner")
    [decision] = run(verify_key="cosign/cosign.pub").decisions
    assert isinstance(decision, Update)


def test_the_owner_and_the_operator_must_both_be_content(run: Run, registry: FakeImageRegistry, keys: Keys) -> None:
    keys.known["cosign/cosign.pub"] = public_key("owner")
    sign(registry, "1.0.2", "owner")
    assert "not signed by team" in held(run(TEAM, verify_key="cosign/cosign.pub")).message


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"verify": "required"}, "no policy of the controller is for it: set watch-cluster.io/verify-key"),
        ({"verify_key": "cosign/cosign.pub"}, "it cannot be verified: default has no cosign/cosign.pub"),
    ],
)
def test_without_a_key_no_image_is_accepted(run: Run, settings: dict[str, str], words: str) -> None:
    assert words in held(run(**settings)).message


def test_an_owner_makes_a_warning_a_requirement(run: Run) -> None:
    warning = VerifyPolicy("team", ("**",), (public_key("team"),), enforce=False)
    assert "not signed by team" in held(run(warning, verify="required")).message


def test_a_verified_image_is_not_queried_again(
    orchestrator: TracedOrchestrator, registry: FakeImageRegistry, clock: FakeClock, keys: Keys
) -> None:
    sign(registry, "1.0.2", "team")
    verify = VerifyImage((TEAM,), CosignVerifier(), lambda: keys)
    orchestrator.create(SHOP, [app()], WATCHED)
    for _ in range(2):
        checks = checking(
            orchestrator, RegistryAccess(registry, NoCredentials(), QueryCache(clock)), clock, verify=verify
        )
        [decision] = checks(SHOP).decisions
        assert isinstance(decision, Update)
        registry.faults[f"{REPOSITORY}@{digest(registry, '1.0.2')}.sig"] = RegistryUnavailable("away")
