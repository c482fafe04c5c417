"""Messages of container runtimes, and what they say about an image."""

from __future__ import annotations

import pytest

from watch_cluster.adapters.kubernetes.resources.pods.pull_failures import pull_cause
from watch_cluster.domain.workload.replica import Cause

DIGEST = "sha256:" + "1" * 64
OTHER = "sha256:" + "2" * 64


def containerd(image: str, why: str) -> str:
    return f'failed to pull and unpack image "{image}": failed to resolve reference "{image}": {why}'


@pytest.mark.parametrize(
    ("image", "message"),
    [
        pytest.param("shop:2", containerd("shop:2", "shop:2: not found"), id="containerd"),
        pytest.param(
            "shop:2",
            "rpc error: code = NotFound desc = "
            + containerd("docker.io/library/shop:2", "docker.io/library/shop:2: not found"),
            id="containerd, the name written out",
        ),
        pytest.param(
            f"shop:2@{DIGEST}",
            containerd(f"docker.io/library/shop@{DIGEST}", f"docker.io/library/shop@{DIGEST}: not found"),
            id="containerd, a digest beside the tag",
        ),
        pytest.param("shop", "manifest for shop:latest not found: manifest unknown: manifest unknown", id="Docker"),
        pytest.param("shop:2", "reading manifest 2 in docker.io/library/shop: manifest unknown", id="CRI-O"),
        pytest.param(
            f"a.example/shop@{DIGEST}",
            f"reading manifest {DIGEST} in a.example/shop: manifest unknown",
            id="CRI-O, digest",
        ),
        pytest.param(
            "shop:2",
            "(Mirrors also failed: [m.example/shop:2: pinging container registry m.example: connection refused]): "
            "docker.io/library/shop:2: reading manifest 2 in docker.io/library/shop: manifest unknown",
            id="CRI-O, a mirror is away as well",
        ),
    ],
)
def test_the_registry_has_no_such_image(image: str, message: str) -> None:
    assert pull_cause(image, message) is Cause.IMAGE_NOT_FOUND
    assert pull_cause(image, f'Back-off pulling image "{image}": ErrImagePull: {message}') is Cause.IMAGE_NOT_FOUND


@pytest.mark.parametrize(
    "message",
    [
        pytest.param(
            f'failed to pull and unpack image "shop:2": failed to copy: blob {DIGEST}: blob not found: not found',
            id="a layer is gone",
        ),
        pytest.param(
            f'failed to pull and unpack image "shop:2": failed to extract layer {DIGEST}: content not found: not found',
            id="the node's store is broken",
        ),
        pytest.param(
            containerd(
                "shop:2", 'failed to authorize: exec: "docker-credential-x": executable file not found in $PATH'
            ),
            id="a credential plugin is missing",
        ),
        pytest.param(containerd("models:1", "models:1: not found"), id="an image volume is missing"),
        pytest.param(containerd("shop:1", "shop:1: not found"), id="another tag"),
        pytest.param(containerd("m.example/shop:2", "m.example/shop:2: not found"), id="a mirror's"),
        pytest.param("reading manifest 2 in m.example/shop: manifest unknown", id="a mirror's, CRI-O"),
        pytest.param(containerd("shop:2", "dial tcp: lookup registry: host not found"), id="no such host"),
        pytest.param(
            'failed to pull and unpack image "models:1": no match for platform in manifest: not found',
            id="an image volume is not for the platform",
        ),
        pytest.param("not found", id="nobody knows what"),
        pytest.param("", id="nothing"),
    ],
)
def test_statements_about_other_digests_are_ignored(message: str) -> None:
    assert pull_cause("shop:2", message) is Cause.IMAGE_NOT_PULLED


def test_a_digest_is_compared_with_the_digest_alone() -> None:
    message = containerd(f"docker.io/library/shop@{OTHER}", f"docker.io/library/shop@{OTHER}: not found")
    assert pull_cause(f"shop:2@{DIGEST}", message) is Cause.IMAGE_NOT_PULLED


@pytest.mark.parametrize(
    "message",
    [
        'failed to pull and unpack image "docker.io/library/shop:2": no match for platform in manifest: not found',
        "no matching manifest for linux/arm64/v8 in the manifest list entries",
        "choosing an image from manifest list docker://shop:2: no image found in image index for architecture arm64",
    ],
    ids=["containerd", "Docker", "CRI-O"],
)
def test_the_image_is_not_built_for_the_nodes_platform(message: str) -> None:
    assert pull_cause("shop:2", message) is Cause.IMAGE_NOT_FOR_PLATFORM


def test_an_image_that_is_no_reference_is_compared_as_text() -> None:
    assert pull_cause("Shop", containerd("Shop", "Shop: not found")) is Cause.IMAGE_NOT_FOUND
