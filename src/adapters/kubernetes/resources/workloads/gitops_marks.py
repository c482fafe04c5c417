"""Recognizes workloads that Argo CD or Flux apply from Git, by the marks that these leave on them.

Argo CD: argo-cd.readthedocs.io/en/stable/user-guide/resource_tracking. Flux: labels of kustomize-controller and
helm-controller (fluxcd.io/flux/components/kustomize/kustomizations/#reconciliation).
"""

from __future__ import annotations

from typing import Final

from watch_cluster.adapters.kubernetes.resources.objects.metadata import Metadata
from watch_cluster.domain.printable import printable
from watch_cluster.domain.workload.workload import ManagedFromGit

_TRACKING_ID: Final = "argocd.argoproj.io/tracking-id"
_INSTANCES: Final = ("argocd.argoproj.io/instance", "app.kubernetes.io/instance")
_ARGO_MANAGERS: Final = frozenset({"argocd-controller", "argocd-application-controller"})
"""The field managers of Argo CD. Every Helm chart sets the second label of instances, so the label alone is no mark."""
_KUSTOMIZATION: Final = "kustomize.toolkit.fluxcd.io"
_HELM_RELEASE: Final = "helm.toolkit.fluxcd.io"
_LONGEST_NAME: Final = 253


def managed_from_git(metadata: Metadata) -> ManagedFromGit | None:
    """Return the tool that applies the workload from Git, None if there is none."""
    labels, annotations = metadata.labels or {}, metadata.annotations or {}
    for group, kind, where in (
        (_KUSTOMIZATION, "Kustomization", "spec.ignore of the Kustomization"),
        (_HELM_RELEASE, "HelmRelease", "spec.driftDetection.ignore of the HelmRelease"),
    ):
        name = labels.get(f"{group}/name")
        if name is not None:
            namespace = labels.get(f"{group}/namespace", metadata.namespace)
            return ManagedFromGit("Flux", _shown(f"{kind} {namespace}/{name}"), where)
    application = _argo_application(labels, annotations, metadata)
    if application is None:
        return None
    return ManagedFromGit("Argo CD", _shown(f"Application {application}"), "ignoreDifferences of the Application")


def _argo_application(labels: dict[str, str], annotations: dict[str, str], metadata: Metadata) -> str | None:
    if _TRACKING_ID in annotations:
        return annotations[_TRACKING_ID].partition(":")[0]
    explicit, common = (labels.get(key) for key in _INSTANCES)
    if explicit is not None:
        return explicit
    managers = {each.manager for each in metadata.managed_fields or ()}
    return common if managers & _ARGO_MANAGERS else None


def _shown(text: str) -> str:
    return printable(text)[:_LONGEST_NAME]
