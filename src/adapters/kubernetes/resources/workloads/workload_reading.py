"""From an API object to a `Workload`, within limits: tenants write most of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from watch_cluster.adapters.kubernetes.resources.objects.metadata import Metadata, parse_time
from watch_cluster.adapters.kubernetes.resources.workloads.gitops_marks import managed_from_git
from watch_cluster.adapters.kubernetes.resources.workloads.pod_template import PodSpec, PodTemplate
from watch_cluster.adapters.kubernetes.wording import resume_command
from watch_cluster.application.ports.orchestrator.rollout_observer import OUR_NAME
from watch_cluster.domain.images.platform import Requirement, SchedulingConstraints, Toleration
from watch_cluster.domain.workload.annotation import DOMAIN, TEMPLATE_DIGEST
from watch_cluster.domain.workload.workload import Container, Progress, Workload, WorkloadKey

FIELD_MANAGER: Final = OUR_NAME
MAX_ANNOTATION_BYTES: Final = 64 * 1024
"""The size limit of our own keys on one object. The API server allows 256 KiB for all annotations together."""
MAX_TEMPLATE_BYTES: Final = 128 * 1024
"""What is kept of one pod template: names, images, node affinity, tolerations, names of pull secrets."""
_MAX_STATUS_CHARS: Final = 1024
_MAX_REVISION_CHARS: Final = 20
_ORCHESTRATOR_ITSELF: Final = frozenset({FIELD_MANAGER, "kube-controller-manager"})
_DEFAULT_ACCOUNT: Final = "default"
"""The ServiceAccount of pods whose template names none (admission plugin ServiceAccount)."""
_ORDERED: Final = "OrderedReady"
DEPLOYMENT_REVISION: Final = "deployment.kubernetes.io/revision"
"""Counted by the controller of Deployments (pkg/controller/deployment/util)."""
_MAX_COMPARED: Final = 500
"""How many terms, values and tolerations are compared with each node at each check: of more, all nodes count."""
_NO_CONSTRAINTS: Final = SchedulingConstraints()
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class TooLarge(ValueError):  # noqa: N818 - the name says what is wrong
    """The object holds more than Watch-Cluster keeps of one."""


@dataclass(frozen=True, slots=True)
class WatchedWorkload:
    """A workload with what only Kubernetes knows of it.

    `update_revision` names its current revision where the object says it: the revision number of a Deployment, the
    ControllerRevision of a StatefulSet, the generation of a DaemonSet. None while its controller has not observed the
    latest generation. `size` is about how many bytes are kept of it.
    """

    workload: Workload
    update_revision: str | None = None
    size: int = 0

    @property
    def key(self) -> WorkloadKey:
        """The workload's key."""
        return self.workload.key


def check_annotations(annotations: dict[str, str]) -> int:
    """The bytes of our own annotations; raises `TooLarge` when they hold too much."""
    size = sum(len(key.encode()) + len(value.encode()) for key, value in annotations.items())
    if size > MAX_ANNOTATION_BYTES:
        raise TooLarge(
            f"its annotations under {DOMAIN} hold {size} bytes, at most {MAX_ANNOTATION_BYTES} are read: shorten them"
        )
    return size


def read_workload(key: WorkloadKey, read: Any, template: PodTemplate, progress: Progress) -> tuple[Workload, int]:
    """Build the workload, and say about how many bytes it holds. Raises `TooLarge`."""
    metadata: Metadata = read.metadata
    annotations = metadata.our_annotations
    annotated = check_annotations(annotations)
    size = len(msgspec.json.encode(template.spec))
    if size > MAX_TEMPLATE_BYTES:
        raise TooLarge(
            f"its pod template holds {size} bytes of containers, tolerations, affinity and pull secrets, at most"
            f" {MAX_TEMPLATE_BYTES} are read"
        )
    on_template = template.metadata.annotations or {}
    digest = on_template.get(TEMPLATE_DIGEST)
    owner = metadata.controller
    paused = getattr(read.spec, "paused", False)
    workload = Workload(
        key=key,
        uid=metadata.uid,
        containers=tuple(_containers(template.spec)),
        progress=_shortened(progress),
        last_modified_by_others=_last_modified_by_others(metadata),
        annotations=annotations,
        template_digest=digest and digest[:_MAX_STATUS_CHARS],
        template_annotated=bool(on_template),
        managed_from_git=managed_from_git(metadata),
        owner=None if owner is None else f"{owner.kind} {owner.name}",
        scheduling=_scheduling_constraints(template.spec),
        revision=(metadata.annotations or {}).get(DEPLOYMENT_REVISION, "")[:_MAX_REVISION_CHARS] or None,
        paused=paused,
        resume_command=resume_command(key) if paused else None,
        ordered=getattr(read.spec, "pod_management_policy", None) == _ORDERED,
        pull_secrets=tuple(each.name for each in template.spec.image_pull_secrets or ()),
        service_account=template.spec.service_account_name or _DEFAULT_ACCOUNT,
    )
    return workload, annotated + size


def _containers(spec: PodSpec) -> Iterator[Container]:
    for each in spec.containers or ():
        yield Container(each.name, each.image, each.image_pull_policy == "Always")
    for each in spec.init_containers or ():
        sidecar = each.restart_policy == "Always"
        yield Container(each.name, each.image, each.image_pull_policy == "Always", init=not sidecar, sidecar=sidecar)


def _scheduling_constraints(spec: PodSpec) -> SchedulingConstraints:
    required = spec.required_node_affinity
    if not (spec.node_selector or required or spec.tolerations):
        return _NO_CONSTRAINTS
    terms = tuple(
        tuple(Requirement(each.key, each.operator, tuple(each.values or ())) for each in term.requirements)
        for term in required
    )
    tolerations = tuple(Toleration(each.key, each.operator, each.value, each.effect) for each in spec.tolerations or ())
    compared = sum(1 + len(each.values) for term in terms for each in term) + len(terms) + len(tolerations)
    if compared + len(spec.node_selector or {}) > _MAX_COMPARED:
        return _NO_CONSTRAINTS
    return SchedulingConstraints(spec.node_selector or {}, terms, tolerations)


def _last_modified_by_others(metadata: Metadata) -> datetime:
    """When it was last modified by others: not by controllers, autoscalers or Watch-Cluster."""
    times = (
        parse_time(each.time)
        for each in metadata.managed_fields or ()
        if not each.subresource and each.manager not in _ORCHESTRATOR_ITSELF
    )
    known = [time for time in times if time is not None]
    return max(known, default=parse_time(metadata.creation_timestamp) or _EPOCH)


def _shortened(progress: Progress) -> Progress:
    """The progress, with truncated messages: the status may contain any text."""
    if progress.stalled is None and progress.shortage is None:
        return progress
    stalled, shortage = (text and text[:_MAX_STATUS_CHARS] for text in (progress.stalled, progress.shortage))
    return replace(progress, stalled=stalled, shortage=shortage)
