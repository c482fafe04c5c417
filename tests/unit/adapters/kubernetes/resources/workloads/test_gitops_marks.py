"""Workloads that Argo CD or Flux apply from Git are recognized by their marks."""

from __future__ import annotations

import pytest

from watch_cluster.adapters.kubernetes.resources.objects.metadata import ManagedFields, Metadata
from watch_cluster.adapters.kubernetes.resources.workloads.gitops_marks import managed_from_git

ARGO = [ManagedFields("kubectl"), ManagedFields("argocd-controller")]


@pytest.mark.parametrize(
    ("metadata", "expected"),
    [
        pytest.param(
            Metadata(annotations={"argocd.argoproj.io/tracking-id": "shop:apps/Deployment:default/shop"}),
            ("Argo CD", "Application shop"),
            id="Argo CD's annotation",
        ),
        pytest.param(
            Metadata(labels={"argocd.argoproj.io/instance": "shop"}),
            ("Argo CD", "Application shop"),
            id="Argo CD's own label",
        ),
        pytest.param(
            Metadata(labels={"app.kubernetes.io/instance": "shop"}, managed_fields=ARGO),
            ("Argo CD", "Application shop"),
            id="the common label on what Argo CD has applied",
        ),
        pytest.param(Metadata(labels={"app.kubernetes.io/instance": "shop"}), None, id="the common label of a chart"),
        pytest.param(
            Metadata(
                labels={
                    "kustomize.toolkit.fluxcd.io/name": "apps",
                    "kustomize.toolkit.fluxcd.io/namespace": "flux-system",
                }
            ),
            ("Flux", "Kustomization flux-system/apps"),
            id="Flux's kustomize-controller",
        ),
        pytest.param(
            Metadata(
                namespace="prod",
                labels={"helm.toolkit.fluxcd.io/name": "shop", "app.kubernetes.io/instance": "shop"},
            ),
            ("Flux", "HelmRelease prod/shop"),
            id="Flux's helm-controller",
        ),
        pytest.param(Metadata(labels={"app": "x"}, annotations={"a": "b"}), None, id="neither"),
        pytest.param(Metadata(), None, id="no labels at all"),
    ],
)
def test_the_tool_is_recognized(metadata: Metadata, expected: tuple[str, str] | None) -> None:
    manager = managed_from_git(metadata)
    assert (None if manager is None else (manager.tool, manager.source)) == expected


def test_an_untrusted_name_is_shortened_and_printable() -> None:
    manager = managed_from_git(Metadata(annotations={"argocd.argoproj.io/tracking-id": "a\x1b[2J" + "x" * 1000}))
    assert manager is not None
    assert manager.source.isprintable()
    assert len(manager.source) < 300
