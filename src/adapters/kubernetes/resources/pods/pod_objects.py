"""The fields of pods that are used, and nothing more."""

from __future__ import annotations

import msgspec

from watch_cluster.adapters.kubernetes.resources.objects.metadata import Condition, OwnerReference


class PodMetadata(msgspec.Struct, rename="camel"):
    """Part of meta/v1 ObjectMeta."""

    name: str = ""
    namespace: str = ""
    uid: str = ""
    resource_version: str = ""
    creation_timestamp: str = ""
    deletion_timestamp: str | None = None
    labels: dict[str, str] | None = None
    annotations: dict[str, str] | None = None
    owner_references: list[OwnerReference] | None = None


class Phase(msgspec.Struct):
    """Part of core/v1 PodStatus."""

    phase: str = ""


class PodHead(msgspec.Struct):
    """What says whether a core/v1 Pod matters to us: fields that the API server checks."""

    metadata: PodMetadata
    status: Phase = msgspec.field(default_factory=Phase)


class ContainerSpec(msgspec.Struct, gc=False):
    """Part of core/v1 Container."""

    name: str
    image: str = ""


class Waiting(msgspec.Struct):
    """Part of core/v1 ContainerStateWaiting."""

    reason: str = ""
    message: str = ""


class Terminated(msgspec.Struct, rename="camel"):
    """Part of core/v1 ContainerStateTerminated. The message is the container's own."""

    exit_code: int = 0
    reason: str = ""
    message: str = ""


class Running(msgspec.Struct):
    """Part of core/v1 ContainerStateRunning."""


class State(msgspec.Struct):
    """Part of core/v1 ContainerState: at most one of them is there."""

    running: Running | None = None

    waiting: Waiting | None = None
    terminated: Terminated | None = None


class ContainerStatus(msgspec.Struct, rename={"image_id": "imageID", "restarts": "restartCount", "last": "lastState"}):
    """Part of core/v1 ContainerStatus."""

    name: str
    image_id: str = ""
    ready: bool = False
    restarts: int = 0
    state: State = msgspec.field(default_factory=State)
    last: State = msgspec.field(default_factory=State)


class PodStatus(msgspec.Struct, rename="camel"):
    """Part of core/v1 PodStatus."""

    phase: str = ""
    conditions: list[Condition] | None = None
    container_statuses: list[ContainerStatus] | None = None
    init_container_statuses: list[ContainerStatus] | None = None

    @property
    def all_containers(self) -> tuple[ContainerStatus, ...]:
        """Those of containers, then those of init containers."""
        return (*(self.container_statuses or ()), *(self.init_container_statuses or ()))


class RunningSpec(msgspec.Struct, rename="camel"):
    """Part of core/v1 PodSpec: the images that the pod was created with."""

    containers: list[ContainerSpec] | None = None
    init_containers: list[ContainerSpec] | None = None

    @property
    def all_containers(self) -> tuple[ContainerSpec, ...]:
        """Containers, then init containers."""
        return (*(self.containers or ()), *(self.init_containers or ()))


class PodObject(msgspec.Struct):
    """Part of core/v1 Pod."""

    metadata: PodMetadata
    spec: RunningSpec = msgspec.field(default_factory=RunningSpec)
    status: PodStatus = msgspec.field(default_factory=PodStatus)
