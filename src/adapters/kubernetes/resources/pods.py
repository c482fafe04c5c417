"""Pods: the only place where it can be seen what runs, and what keeps it from running."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, NamedTuple

import msgspec

from watch_cluster.adapters.kubernetes.resources.container_states import container_state
from watch_cluster.adapters.kubernetes.resources.pod_objects import PodList, PodMetadata, PodObject
from watch_cluster.adapters.kubernetes.watch.collection import Page
from watch_cluster.domain.workload.annotation import TEMPLATE_DIGEST
from watch_cluster.domain.workload.replica import Replica
from watch_cluster.domain.workload.workload import WorkloadKey

_RUNS: Final = frozenset({"Pending", "Running"})
_HASH: Final = "pod-template-hash"
_DIRECT: Final = frozenset({"StatefulSet", "DaemonSet"})
_JOB: Final = re.compile(r"(?P<name>.+)-\d{8,}", re.ASCII)


class PodKey(NamedTuple):
    """A pod's name."""

    namespace: str
    name: str


@dataclass(frozen=True, slots=True)
class Pod:
    """A pod that a workload owns."""

    key: PodKey
    owner: WorkloadKey
    replica: Replica


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


_ONE: Final = msgspec.json.Decoder(PodObject)
_LIST: Final = msgspec.json.Decoder(PodList)


def _pod(read: PodObject) -> Pod | None:
    metadata = read.metadata
    if metadata.deletion_timestamp is not None or read.status.phase not in _RUNS:
        return None
    owner = _workload_of(metadata)
    if owner is None:
        return None
    return Pod(PodKey(metadata.namespace, metadata.name), owner, _instance(read))


def _instance(read: PodObject) -> Replica:
    status = read.status
    told = {each.name: each for each in (*(status.container_statuses or ()), *(status.init_container_statuses or ()))}
    specs = (*(read.spec.containers or ()), *(read.spec.init_containers or ()))
    conditions = {each.type: each for each in status.conditions or ()}
    placed, ready = conditions.get("PodScheduled"), conditions.get("Ready")
    return Replica(
        read.metadata.uid,
        read.metadata.name,
        tuple(container_state(each.name, each.image, told.get(each.name)) for each in specs),
        ready=ready is not None and ready.status == "True",
        digest=(read.metadata.annotations or {}).get(TEMPLATE_DIGEST),
        unplaced=placed.message or placed.reason if placed is not None and placed.status == "False" else None,
    )


def _workload_of(metadata: PodMetadata) -> WorkloadKey | None:
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
