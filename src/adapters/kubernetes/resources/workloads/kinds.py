"""The kinds of workloads: for each, one value with all that differs between them."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import msgspec

from watch_cluster.adapters.kubernetes.client.decoding import decode
from watch_cluster.adapters.kubernetes.resources.objects.metadata import OwnerReference
from watch_cluster.adapters.kubernetes.resources.objects.object_reading import read_head, reading
from watch_cluster.adapters.kubernetes.resources.workloads.pod_template import PodTemplate
from watch_cluster.adapters.kubernetes.resources.workloads.progress import (
    cron_job_progress,
    daemon_set_progress,
    deployment_progress,
    stateful_set_progress,
)
from watch_cluster.adapters.kubernetes.resources.workloads.workload_objects import (
    CronJob,
    DaemonSet,
    Deployment,
    StatefulSet,
)
from watch_cluster.adapters.kubernetes.resources.workloads.workload_reading import (
    DEPLOYMENT_REVISION,
    WatchedWorkload,
    read_workload,
)
from watch_cluster.domain.workload.workload import Progress, WorkloadKey

POD_TEMPLATE_HASH: Final = "pod-template-hash"
"""On the pods and ReplicaSets of a Deployment (apps/v1, DefaultDeploymentUniqueLabelKey)."""
REVISION_HASH: Final = "controller-revision-hash"
"""On the pods of a StatefulSet or DaemonSet (apps/v1, ControllerRevisionHashLabelKey)."""
_JOB: Final = re.compile(r"(?P<name>.+)-\d{8,}", re.ASCII)
"""A CronJob's Jobs have its name and the minute for which they were made (pkg/controller/cronjob, getJobName)."""


@dataclass(frozen=True)
class Kind:
    """A kind of workload: where its objects are, and how they are read.

    `group_versions` are those that serve it, the newest first. `template` is where the pod template lies, as a JSON
    pointer. `owned_by` gives the workload's name from the owner of a pod and the pod's labels, None when the owner is
    of another kind. `hash_label` is the label with the revision of pods, None if they have none. `revisions`
    is the resource that keeps earlier revisions. `update_revision_of` names the current one, see `WatchedWorkload`.
    """

    name: str
    group_versions: tuple[str, ...]
    plural: str
    template: str
    object_type: type
    template_of: Callable[[Any], PodTemplate]
    progress_of: Callable[[Any], Progress]
    owned_by: Callable[[OwnerReference, dict[str, str]], str | None]
    hash_label: str | None = None
    revisions: str | None = None
    update_revision_of: Callable[[Any], str | None] = lambda _read: None

    def collection_in(self, group_version: str, namespace: str | None) -> str:
        """The path of all objects of the kind, in one namespace or in all."""
        scope = "" if namespace is None else f"/namespaces/{namespace}"
        return f"/apis/{group_version}{scope}/{self.plural}"

    def collection(self, namespace: str | None) -> str:
        """The path of all objects in the newest version."""
        return self.collection_in(self.group_versions[0], namespace)

    def path(self, key: WorkloadKey) -> str:
        """The path of one object in the newest version."""
        return f"{self.collection(key.namespace)}/{key.name}"

    def read(self, body: bytes | msgspec.Raw) -> tuple[WorkloadKey, str, WatchedWorkload | None]:
        """Read one object: its key, its version, and the workload if it has annotations of Watch-Cluster.

        Raises `UnreadableObject`, and `msgspec.DecodeError` when it is no object at all.
        """
        head = read_head(body)
        key = WorkloadKey(head.namespace, self.name, head.name)
        if not head.our_annotations:
            return key, head.resource_version, None
        with reading(key, head):
            read = decode(self._decoder, body)
            progress = self.progress_of(read)
            workload, size = read_workload(key, read, self.template_of(read), progress)
            revision = self.update_revision_of(read) if progress.observed else None
        return key, head.resource_version, WatchedWorkload(workload, revision, size)

    @cached_property
    def _decoder(self) -> msgspec.json.Decoder[Any]:
        return msgspec.json.Decoder(self.object_type)


def _template(read: Any) -> PodTemplate:
    template: PodTemplate = read.spec.template
    return template


def _job_template(read: CronJob) -> PodTemplate:
    return read.spec.job_template.spec.template


def _owned_by_deployment(owner: OwnerReference, labels: dict[str, str]) -> str | None:
    """A Deployment's ReplicaSets have its name and the hash that their pods are labelled with."""
    ending = f"-{labels.get(POD_TEMPLATE_HASH, '')}"
    return owner.name.removesuffix(ending) if owner.kind == "ReplicaSet" and owner.name.endswith(ending) else None


def _owned_by_cron_job(owner: OwnerReference, _labels: dict[str, str]) -> str | None:
    match = _JOB.fullmatch(owner.name) if owner.kind == "Job" else None
    return None if match is None else match["name"]


def _owned_by(kind: str) -> Callable[[OwnerReference, dict[str, str]], str | None]:
    return lambda owner, _labels: owner.name if owner.kind == kind else None


_APPS: Final = ("apps/v1",)
_TEMPLATE: Final = "/spec/template"

DEPLOYMENT: Final = Kind(
    "Deployment",
    _APPS,
    "deployments",
    _TEMPLATE,
    Deployment,
    _template,
    deployment_progress,
    _owned_by_deployment,
    POD_TEMPLATE_HASH,
    "replicasets",
    lambda read: (read.metadata.annotations or {}).get(DEPLOYMENT_REVISION),
)
STATEFUL_SET: Final = Kind(
    "StatefulSet",
    _APPS,
    "statefulsets",
    _TEMPLATE,
    StatefulSet,
    _template,
    stateful_set_progress,
    _owned_by("StatefulSet"),
    REVISION_HASH,
    None,
    lambda read: read.status.update_revision or None,
)
DAEMON_SET: Final = Kind(
    "DaemonSet",
    _APPS,
    "daemonsets",
    _TEMPLATE,
    DaemonSet,
    _template,
    daemon_set_progress,
    _owned_by("DaemonSet"),
    REVISION_HASH,
    "controllerrevisions",
    lambda read: str(read.metadata.generation),
)
CRON_JOB: Final = Kind(
    "CronJob",
    ("batch/v1", "batch/v1beta1"),  # batch/v1 has been served since Kubernetes 1.21
    "cronjobs",
    "/spec/jobTemplate/spec/template",
    CronJob,
    _job_template,
    cron_job_progress,
    _owned_by_cron_job,
)
KINDS: Final = (DEPLOYMENT, STATEFUL_SET, DAEMON_SET, CRON_JOB)
