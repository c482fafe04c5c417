"""Pods, for what they report to run: the only place where an unpinned image's digest can be seen."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, NamedTuple

import msgspec

from watch_cluster.adapters.kubernetes.collection import Page
from watch_cluster.adapters.kubernetes.objects import ListMetadata, OwnerReference
from watch_cluster.domain.workload import WorkloadKey

_RUNS: Final = frozenset({"Pending", "Running"})
_HASH: Final = "pod-template-hash"
_DIRECT: Final = frozenset({"StatefulSet", "DaemonSet"})
_JOB: Final = re.compile(r"(?P<name>.+)-\d{8,}", re.ASCII)


class _Metadata(msgspec.Struct, rename="camel"):
    """Part of meta/v1 ObjectMeta."""

    name: str = ""
    namespace: str = ""
    resource_version: str = ""
    deletion_timestamp: str | None = None
    labels: dict[str, str] | None = None
    owner_references: list[OwnerReference] | None = None


class _ContainerStatus(msgspec.Struct, rename={"image_id": "imageID"}):
    """Part of core/v1 ContainerStatus."""

    name: str
    image_id: str = ""


class _Status(msgspec.Struct, rename="camel"):
    """Part of core/v1 PodStatus."""

    phase: str = ""
    container_statuses: list[_ContainerStatus] | None = None
    init_container_statuses: list[_ContainerStatus] | None = None


class _Pod(msgspec.Struct):
    """Part of core/v1 Pod."""

    metadata: _Metadata
    status: _Status = msgspec.field(default_factory=_Status)


class _PodList(msgspec.Struct):
    metadata: ListMetadata
    items: list[_Pod] | None = None


class PodKey(NamedTuple):
    """A pod's name."""

    namespace: str
    name: str


@dataclass(frozen=True, slots=True)
class Pod:
    """A pod that a workload owns. `image_ids` has what its containers report, of those that were started."""

    key: PodKey
    owner: WorkloadKey
    image_ids: tuple[tuple[str, str], ...]


class Pods:
    """A `Collection` of the pods that run for a workload; those that end, or have ended, do not matter."""

    plural: Final = "pods"

    def collection(self, namespace: str | None) -> str:
        """The path of all pods, in one namespace or in all."""
        return "/api/v1/pods" if namespace is None else f"/api/v1/namespaces/{namespace}/pods"

    def page(self, body: bytes) -> Page[Pod]:
        """Read a page of a list. Raises `msgspec.DecodeError`."""
        read = _LIST.decode(body)
        pods = (_pod(each) for each in read.items or ())
        return Page(
            tuple(pod for pod in pods if pod is not None), read.metadata.resource_version, read.metadata.following
        )

    def read(self, body: bytes | msgspec.Raw) -> tuple[PodKey, str, Pod | None]:
        """Read one pod. Raises `msgspec.DecodeError`."""
        read = _ONE.decode(body)
        return PodKey(read.metadata.namespace, read.metadata.name), read.metadata.resource_version, _pod(read)


_ONE: Final = msgspec.json.Decoder(_Pod)
_LIST: Final = msgspec.json.Decoder(_PodList)


def _pod(read: _Pod) -> Pod | None:
    metadata = read.metadata
    if metadata.deletion_timestamp is not None or read.status.phase not in _RUNS:
        return None
    owner = _workload_of(metadata)
    if owner is None:
        return None
    statuses = (*(read.status.container_statuses or ()), *(read.status.init_container_statuses or ()))
    started = tuple((each.name, each.image_id) for each in statuses if each.image_id)
    return Pod(PodKey(metadata.namespace, metadata.name), owner, started)


def _workload_of(metadata: _Metadata) -> WorkloadKey | None:
    """The workload whose pod it is.

    A Deployment's ReplicaSets have its name and the hash that their pods are labelled with, a CronJob's Jobs its name
    and the minute for which they were made (k8s.io/kubernetes/pkg/controller/cronjob, getJobName).
    """
    owner = next((each for each in metadata.owner_references or () if each.controller), None)
    if owner is None:
        return None
    if owner.kind in _DIRECT:
        return WorkloadKey(metadata.namespace, owner.kind, owner.name)
    ending = f"-{(metadata.labels or {}).get(_HASH, '')}"
    if owner.kind == "ReplicaSet" and owner.name.endswith(ending):
        return WorkloadKey(metadata.namespace, "Deployment", owner.name.removesuffix(ending))
    if owner.kind == "Job" and (match := _JOB.fullmatch(owner.name)):
        return WorkloadKey(metadata.namespace, "CronJob", match["name"])
    return None
