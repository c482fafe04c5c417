"""The kinds of workloads that the API server knows: where they are, and how each becomes a `Workload`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, Final

import msgspec

from watch_cluster.adapters.kubernetes.resources.objects import (
    CronJob,
    DaemonSet,
    Deployment,
    ListMetadata,
    Metadata,
    PodSpec,
    PodTemplate,
    StatefulSet,
)
from watch_cluster.adapters.kubernetes.resources.progress import (
    cron_job_progress,
    daemon_set_progress,
    deployment_progress,
    stateful_set_progress,
)
from watch_cluster.adapters.kubernetes.watch.collection import Page
from watch_cluster.domain.images.platform import Requirement, SchedulingConstraints, Toleration
from watch_cluster.domain.workload.annotation import TEMPLATE_DIGEST, is_ours
from watch_cluster.domain.workload.workload import Container, Progress, Workload, WorkloadKey

FIELD_MANAGER: Final = "watch-cluster"
_ORCHESTRATOR_ITSELF: Final = frozenset({FIELD_MANAGER, "kube-controller-manager"})
_DEFAULT_ACCOUNT: Final = "default"
"""The ServiceAccount of pods whose template names none (admission plugin ServiceAccount)."""
_ORDERED: Final = "OrderedReady"
_REVISION: Final = "deployment.kubernetes.io/revision"
"""Counted by the controller of Deployments (pkg/controller/deployment/util)."""
_NO_NEEDS: Final = SchedulingConstraints()
_DAWN: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Kind:
    """A `Collection` of workloads of one kind: those that carry annotations of ours.

    `template` is where the pod template lies, as a JSON pointer.
    """

    name: str
    group_version: str
    plural: str
    template: str
    object_type: type
    template_of: Callable[[Any], PodTemplate]
    progress_of: Callable[[Any], Progress]

    def collection(self, namespace: str | None) -> str:
        """The path of all objects of the kind, in one namespace or in all."""
        scope = "" if namespace is None else f"/namespaces/{namespace}"
        return f"/apis/{self.group_version}{scope}/{self.plural}"

    def path(self, key: WorkloadKey) -> str:
        """The path of one object."""
        return f"{self.collection(key.namespace)}/{key.name}"

    def page(self, body: bytes) -> Page[Workload]:
        """Read a page of a list. Raises `msgspec.DecodeError`."""
        read = self._list_decoder.decode(body)
        return Page(
            tuple(self._workload(each) for each in read.items or () if _carries_ours(each.metadata)),
            read.metadata.resource_version,
            read.metadata.following,
        )

    def read(self, body: bytes | msgspec.Raw) -> tuple[WorkloadKey, str, Workload | None]:
        """Read one object: its key, its version, and the workload when it carries annotations of ours.

        Raises `msgspec.DecodeError`.
        """
        read = self._object_decoder.decode(body)
        key = WorkloadKey(read.metadata.namespace, self.name, read.metadata.name)
        workload = self._workload(read) if _carries_ours(read.metadata) else None
        return key, read.metadata.resource_version, workload

    @cached_property
    def _object_decoder(self) -> msgspec.json.Decoder[Any]:
        return msgspec.json.Decoder(self.object_type)

    @cached_property
    def _list_decoder(self) -> msgspec.json.Decoder[Any]:
        items: Any = list[self.object_type] | None  # type: ignore[name-defined]
        listed = msgspec.defstruct(f"{self.name}List", [("metadata", ListMetadata), ("items", items, None)])
        return msgspec.json.Decoder(listed)

    def _workload(self, read: Any) -> Workload:
        metadata: Metadata = read.metadata
        template = self.template_of(read)
        on_template = template.metadata.annotations or {}
        return Workload(
            key=WorkloadKey(metadata.namespace, self.name, metadata.name),
            uid=metadata.uid,
            containers=tuple(_containers(template.spec)),
            progress=self.progress_of(read),
            last_modified_by_others=_touched(metadata),
            annotations={key: value for key, value in (metadata.annotations or {}).items() if is_ours(key)},
            template_digest=on_template.get(TEMPLATE_DIGEST),
            template_annotated=bool(on_template),
            owner=_owner(metadata),
            scheduling=_needs(template.spec),
            revision=(metadata.annotations or {}).get(_REVISION),
            paused=getattr(read.spec, "paused", False),
            ordered=getattr(read.spec, "pod_management_policy", None) == _ORDERED,
            pull_secrets=tuple(each.name for each in template.spec.image_pull_secrets or ()),
            service_account=template.spec.service_account_name or _DEFAULT_ACCOUNT,
        )


def _template(read: Any) -> PodTemplate:
    template: PodTemplate = read.spec.template
    return template


def _job_template(read: CronJob) -> PodTemplate:
    return read.spec.job_template.spec.template


def _containers(spec: PodSpec) -> Iterator[Container]:
    for init, specs in ((False, spec.containers), (True, spec.init_containers)):
        for each in specs or ():
            yield Container(each.name, each.image, each.image_pull_policy == "Always", init)


def _needs(spec: PodSpec) -> SchedulingConstraints:
    affinity = spec.affinity and spec.affinity.node_affinity
    required = affinity and affinity.required_during_scheduling_ignored_during_execution
    if not (spec.node_selector or required or spec.tolerations):
        return _NO_NEEDS
    terms = tuple(
        tuple(
            Requirement(each.key, each.operator, tuple(each.values or ()))
            for each in (*(term.match_expressions or ()), *(term.match_fields or ()))
        )
        for term in (required.node_selector_terms if required else None) or ()
    )
    tolerations = (Toleration(each.key, each.operator, each.value, each.effect) for each in spec.tolerations or ())
    return SchedulingConstraints(spec.node_selector or {}, terms, tuple(tolerations))


def _owner(metadata: Metadata) -> str | None:
    return next((f"{each.kind} {each.name}" for each in metadata.owner_references or () if each.controller), None)


def _carries_ours(metadata: Metadata) -> bool:
    return any(is_ours(key) for key in metadata.annotations or ())


def _touched(metadata: Metadata) -> datetime:
    """When somebody else wrote to it last: controllers, scalers and we ourselves do not count."""
    times = [
        each.time
        for each in metadata.managed_fields or ()
        if each.time is not None and not each.subresource and each.manager not in _ORCHESTRATOR_ITSELF
    ]
    return max(times, default=metadata.creation_timestamp or _DAWN)


DEPLOYMENT: Final = Kind(
    "Deployment", "apps/v1", "deployments", "/spec/template", Deployment, _template, deployment_progress
)
STATEFUL_SET: Final = Kind(
    "StatefulSet", "apps/v1", "statefulsets", "/spec/template", StatefulSet, _template, stateful_set_progress
)
DAEMON_SET: Final = Kind(
    "DaemonSet", "apps/v1", "daemonsets", "/spec/template", DaemonSet, _template, daemon_set_progress
)
CRON_JOB: Final = Kind(
    "CronJob", "batch/v1", "cronjobs", "/spec/jobTemplate/spec/template", CronJob, _job_template, cron_job_progress
)
KINDS: Final = (DEPLOYMENT, STATEFUL_SET, DAEMON_SET, CRON_JOB)
