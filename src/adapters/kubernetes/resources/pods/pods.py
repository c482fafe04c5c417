"""Pods: the only place where it can be seen what runs, and what keeps it from running."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

import msgspec

from watch_cluster.adapters.kubernetes.client.decoding import decode
from watch_cluster.adapters.kubernetes.resources.objects.metadata import Condition, ObjectMetadata
from watch_cluster.adapters.kubernetes.resources.objects.object_reading import reading
from watch_cluster.adapters.kubernetes.resources.pods.container_states import container_state
from watch_cluster.adapters.kubernetes.resources.pods.pod_objects import PodHead, PodMetadata, PodObject
from watch_cluster.adapters.kubernetes.resources.workloads.kinds import KINDS
from watch_cluster.domain.workload.annotation import TEMPLATE_DIGEST
from watch_cluster.domain.workload.replica import Replica
from watch_cluster.domain.workload.workload import WorkloadKey

MAX_POD_BYTES: Final = 128 * 1024
"""What is kept of one pod: names, images and states of its containers, and what they say."""
_MAX_DIGEST_CHARS: Final = 1024
_ACTIVE: Final = frozenset({"Pending", "Running"})
_FINISHED: Final = frozenset({"Succeeded", "Failed"})


class PodKey(NamedTuple):
    """A pod's name."""

    namespace: str
    name: str


@dataclass(frozen=True, slots=True)
class Pod:
    """A pod that a workload owns.

    `revision_hash` is the revision that it was made from, None if unknown. `size` is about how many bytes
    are kept of it. `finished` is when it was created if it has run to its end, None while it has not.
    """

    key: PodKey
    owner: WorkloadKey
    replica: Replica
    revision_hash: str | None = None
    size: int = 0
    finished: str | None = None

    def replica_in(self, current_hash: str | None) -> Replica:
        """The replica, when the pods of the workload's current revision have that hash."""
        if current_hash is None or self.revision_hash is None:
            return self.replica
        return replace(self.replica, of_current_revision=self.revision_hash == current_hash)


class Pods:
    """A `Collection` of the pods that run for a workload, and of the finished ones of CronJobs.

    Pods of workloads that are not `relevant` are skipped: most Pods of a cluster are irrelevant here.
    """

    plural: Final = "pods"

    def __init__(self, relevant: Callable[[WorkloadKey], bool] = lambda _owner: True) -> None:
        self._relevant = relevant

    def collection(self, namespace: str | None) -> str:
        """The path of all pods, in one namespace or in all."""
        return "/api/v1/pods" if namespace is None else f"/api/v1/namespaces/{namespace}/pods"

    def read(self, body: bytes | msgspec.Raw) -> tuple[PodKey, str, Pod | None]:
        """Read one pod. Raises `UnreadableObject`, and `msgspec.DecodeError` when it is no object at all."""
        head = decode(_HEAD, body)
        metadata = head.metadata
        key = PodKey(metadata.namespace, metadata.name)
        found = _owner_of(metadata)
        finished = head.status.phase in _FINISHED and found is not None and found[0].kind == "CronJob"
        if found is None or metadata.deletion_timestamp is not None or not (head.status.phase in _ACTIVE or finished):
            return key, metadata.resource_version, None
        owner, revision_hash = found
        if not self._relevant(owner):
            return key, metadata.resource_version, None
        with reading(key, ObjectMetadata(key.name, key.namespace, metadata.uid, metadata.resource_version)):
            read = decode(_POD, body)
            size = len(msgspec.json.encode((read.spec, read.status)))
            if size > MAX_POD_BYTES:
                raise ValueError(f"its containers and their states hold {size} bytes, at most {MAX_POD_BYTES} are read")
            pod = Pod(
                key, owner, _replica(read), revision_hash, size, metadata.creation_timestamp if finished else None
            )
        return key, metadata.resource_version, pod


_HEAD: Final = msgspec.json.Decoder(PodHead)
_POD: Final = msgspec.json.Decoder(PodObject)


def _replica(read: PodObject) -> Replica:
    spec, status = read.spec, read.status
    states = {each.name: each for each in status.all_containers}
    conditions = {each.type: each for each in status.conditions or ()}
    scheduled, ready = conditions.get("PodScheduled"), conditions.get("Ready")
    digest = (read.metadata.annotations or {}).get(TEMPLATE_DIGEST)
    return Replica(
        read.metadata.uid,
        read.metadata.name,
        tuple(container_state(each.name, each.image, states.get(each.name)) for each in spec.all_containers),
        ready=ready is not None and ready.status == "True",
        digest=digest and digest[:_MAX_DIGEST_CHARS],
        unplaced=_unschedulable(scheduled),
    )


def _unschedulable(scheduled: Condition | None) -> str | None:
    """Why the scheduler finds no node for the pod, None when it has found one or has not tried yet."""
    return None if scheduled is None or scheduled.status != "False" else scheduled.message or scheduled.reason


def _owner_of(metadata: PodMetadata) -> tuple[WorkloadKey, str | None] | None:
    """The workload whose pod it is, and the hash of the revision that the pod was made from."""
    owner = next((each for each in metadata.owner_references or () if each.controller), None)
    if owner is None:
        return None
    labels = metadata.labels or {}
    for kind in KINDS:
        name = kind.owned_by(owner, labels)
        if name is not None:
            revision_hash = None if kind.hash_label is None else labels.get(kind.hash_label)
            return WorkloadKey(metadata.namespace, kind.name, name), revision_hash
    return None
