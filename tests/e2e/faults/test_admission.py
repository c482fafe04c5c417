"""Admission webhooks that rewrite what others wrote, as registries' mirrors and digest pinners do."""

from __future__ import annotations

import pytest

from tests.cluster.admission import rewriting_images
from tests.cluster.nodes.simulated_node import SimulatedNode
from tests.e2e.conftest import Team


def a_mirror(team: Team) -> str:
    """Another name for the registry, which the node knows."""
    node = team.cluster.node
    if not isinstance(node, SimulatedNode):
        pytest.skip("needs a node that is the tests' own")
    mirror = f"localhost:{team.cluster.registry.rpartition(':')[2]}"
    node.take_for_registry(mirror)
    return mirror


def test_an_image_that_a_webhook_of_pods_rewrites_is_rolled_back_when_it_crashes(team: Team) -> None:
    host = team.cluster.registry
    mirror = a_mirror(team)
    team.push("1.0.0")
    with rewriting_images(team.cluster, team.namespace, "pods", lambda image: image.replace(host, mirror)):
        team.deploy("shop", team.image("1.0.0"), soak="0s")
        team.kubectl("rollout", "status", "deployment/shop", "--timeout=60s")
        team.start().leads()

        team.push("1.0.1", "crash")

        team.ends("shop", "rolled-back")
        assert team.runs("shop") == team.image("1.0.0")
        assert team.image("1.0.1") in team.annotations("shop")["quarantine"]
        [failed] = team.events("shop", "ImageUpdateFailed")
        assert "exit code" in failed


def test_a_digest_that_a_webhook_of_deployments_adds_is_no_change_by_somebody_else(team: Team) -> None:
    team.push("1.0.0")
    digests = {team.image("1.0.1"): team.push("1.0.1")}

    def pinned(image: str) -> str:
        return f"{image}@{digests[image]}" if image in digests else image

    team.deploy("shop", team.image("1.0.0"))
    with rewriting_images(team.cluster, team.namespace, "deployments", pinned):
        team.start().leads()

        team.ends("shop", "done")

        assert team.runs("shop") == f"{team.image('1.0.1')}@{digests[team.image('1.0.1')]}"
        assert team.events("shop", "ImageUpdateFailed") == []
        assert len(team.events("shop", "ImageUpdated")) == 1


def test_a_mirror_that_a_webhook_of_deployments_names_is_no_change_by_somebody_else(team: Team) -> None:
    host = team.cluster.registry
    mirror = a_mirror(team)
    for tag in ("1.0.0", "1.0.1"):
        team.push(tag)
    team.deploy("shop", team.image("1.0.0"))
    with rewriting_images(team.cluster, team.namespace, "deployments", lambda image: image.replace(host, mirror)):
        team.start().leads()

        team.ends("shop", "done")

        assert team.runs("shop") == team.image("1.0.1").replace(host, mirror)
        assert team.events("shop", "ImageUpdateFailed") == []
