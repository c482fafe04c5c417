"""Which policies are for an image, and where an owner's key lies."""

from __future__ import annotations

import pytest

from tests.unit.domain.workloads import a_workload, read_policy
from watch_cluster.domain.images.reference import ImageReference
from watch_cluster.domain.policy.values.verification import SecretKeyRef, VerifyPolicy


@pytest.mark.parametrize(
    ("pattern", "image", "applies"),
    [
        ("registry.example/shop", "registry.example/shop:1", True),
        ("registry.example/shop", "registry.example/shop2:1", False),
        ("registry.example/*", "registry.example/shop:1", True),
        ("registry.example/*", "registry.example/team/shop:1", False),
        ("registry.example/**", "registry.example/team/shop:1", True),
        ("registry.example/**", "registry.example.evil/team/shop:1", False),
        ("**/shop", "ghcr.io/team/shop:1", True),
        ("docker.io/library/*", "nginx:1", True),
        ("ghcr.io/team/app-*", "ghcr.io/team/app-web@sha256:" + "0" * 64, True),
        ("ghcr.io/team.app", "ghcr.io/teamxapp:1", False),
        ("**", "anything", True),
    ],
)
def test_a_pattern_is_for_a_whole_repository(pattern: str, image: str, *, applies: bool) -> None:
    policy = VerifyPolicy("team", (pattern,), ())
    assert policy.applies_to(ImageReference.parse(image).repository) is applies


def test_a_key_of_a_secret_is_written_with_a_slash() -> None:
    assert SecretKeyRef.parse("cosign/cosign.pub") == SecretKeyRef("cosign", "cosign.pub")


@pytest.mark.parametrize("text", ["", "cosign", "/cosign.pub", "cosign/", "../other/cosign.pub", "a/b/c", "Cosign/key"])
def test_anything_else_is_not_a_key(text: str) -> None:
    with pytest.raises(ValueError, match="write SECRET/KEY"):
        SecretKeyRef.parse(text)


@pytest.mark.parametrize(
    ("settings", "required"),
    [({}, False), ({"verify": "required"}, True), ({"verify_key": "cosign/cosign.pub"}, True)],
)
def test_an_owner_wants_signed_images_with_either_setting(settings: dict[str, str], *, required: bool) -> None:
    assert read_policy(a_workload("shop:1.0", enabled="true", **settings)).verify_required is required
