"""The tools whose settings can be read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from watch_cluster.adapters.migration import policies
from watch_cluster.adapters.migration.documents import Documents
from watch_cluster.adapters.migration.rules import Advice, Rule, Subject, advise, merged
from watch_cluster.adapters.migration.tools import (
    argocd_image_updater,
    diun,
    fleet,
    flux,
    keel,
    openshift,
    watchtower,
    wud,
)
from watch_cluster.domain.versions.tag_pattern import Compiler


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool: its name for people, where its settings stand, and its table.

    `resources` are the paths of its own objects in the API of Kubernetes, by kind. `before` is what to do first, and
    `remark` is true for everybody.
    """

    title: str
    place: str
    rules: Mapping[str, Rule]
    examples: tuple[tuple[str, str], ...]
    find: Callable[[Documents], Iterator[Subject]]
    resources: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    before: str | None = None
    remark: str | None = None

    def advise(self, documents: Documents, compiler: Compiler) -> tuple[Advice, ...]:
        """Say in our settings what the tool does with the workloads of these documents."""
        return merged([advise(subject, self.rules, compiler) for subject in self.find(documents)])


TOOLS: Final[Mapping[str, Tool]] = {
    "keel": Tool("Keel", "annotations or labels", keel.RULES, keel.EXAMPLES, keel.find),
    "argocd-image-updater": Tool(
        "Argo CD Image Updater",
        "annotations of Applications, or ImageUpdater objects",
        argocd_image_updater.RULES,
        argocd_image_updater.EXAMPLES,
        argocd_image_updater.find,
        resources={
            "Application": ("argoproj.io/v1alpha1/applications",),
            "ImageUpdater": ("argocd-image-updater.argoproj.io/v1alpha1/imageupdaters",),
        },
        before="Remove the annotations or ImageUpdater objects",
        remark=policies.FROM_GIT,
    ),
    "flux": Tool(
        "Flux",
        "ImagePolicy and ImageRepository objects",
        flux.RULES,
        flux.EXAMPLES,
        flux.find,
        resources={
            kind: tuple(f"image.toolkit.fluxcd.io/{version}/{plural}" for version in ("v1", "v1beta2", "v1beta1"))
            for kind, plural in (("ImagePolicy", "imagepolicies"), ("ImageRepository", "imagerepositories"))
        },
        before="Remove the ImageUpdateAutomation",
        remark=policies.FROM_GIT,
    ),
    "watchtower": Tool(
        "Watchtower", "labels, variables and arguments", watchtower.RULES, watchtower.EXAMPLES, watchtower.find
    ),
    "wud": Tool("WUD", "labels and variables", wud.RULES, wud.EXAMPLES, wud.find),
    "diun": Tool("Diun", "labels, annotations of Pods, and variables", diun.RULES, diun.EXAMPLES, diun.find),
    "fleet": Tool(
        "Fleet",
        "`imageScans` in fleet.yaml, or ImageScan objects",
        fleet.RULES,
        fleet.EXAMPLES,
        fleet.find,
        resources={"ImageScan": ("fleet.cattle.io/v1alpha1/imagescans",)},
        before="Remove the image scans",
        remark=policies.FROM_GIT,
    ),
    "openshift": Tool(
        "OpenShift",
        "the annotation `image.openshift.io/triggers`",
        openshift.RULES,
        openshift.EXAMPLES,
        openshift.find,
        resources={
            "ImageStream": ("image.openshift.io/v1/imagestreams",),
            "DeploymentConfig": ("apps.openshift.io/v1/deploymentconfigs",),
        },
        before="Remove the triggers",
    ),
}
"""By the name on the command line."""
