"""The fields of the API server's objects that are used, and nothing more: a full Deployment is fifty times as large."""

from __future__ import annotations

from datetime import datetime

import msgspec


class ManagedFields(msgspec.Struct, rename="camel", gc=False):
    """Who wrote to the object, and when last (meta/v1 ManagedFieldsEntry, without the fields)."""

    manager: str = ""
    subresource: str = ""
    time: datetime | None = None


class OwnerReference(msgspec.Struct, gc=False):
    """Part of meta/v1 OwnerReference."""

    kind: str = ""
    name: str = ""
    controller: bool = False


class Metadata(msgspec.Struct, rename="camel"):
    """Part of meta/v1 ObjectMeta."""

    name: str = ""
    namespace: str = ""
    uid: str = ""
    resource_version: str = ""
    generation: int = 0
    creation_timestamp: datetime | None = None
    annotations: dict[str, str] | None = None
    owner_references: list[OwnerReference] | None = None
    managed_fields: list[ManagedFields] | None = None


class ContainerSpec(msgspec.Struct, rename="camel", gc=False):
    """Part of core/v1 Container; the server fills in the policy."""

    name: str
    image: str = ""
    image_pull_policy: str = ""


class LocalReference(msgspec.Struct, gc=False):
    """A core/v1 LocalObjectReference: something of the same namespace."""

    name: str = ""


class NodeSelectorRequirement(msgspec.Struct):
    """Part of core/v1 NodeSelectorRequirement."""

    key: str
    operator: str
    values: list[str] | None = None


class NodeSelectorTerm(msgspec.Struct, rename="camel"):
    """Part of core/v1 NodeSelectorTerm."""

    match_expressions: list[NodeSelectorRequirement] | None = None
    match_fields: list[NodeSelectorRequirement] | None = None


class NodeSelector(msgspec.Struct, rename="camel"):
    """Part of core/v1 NodeSelector."""

    node_selector_terms: list[NodeSelectorTerm] | None = None


class NodeAffinity(msgspec.Struct, rename="camel"):
    """Part of core/v1 NodeAffinity: what is preferred only keeps nothing off a node."""

    required_during_scheduling_ignored_during_execution: NodeSelector | None = None


class Affinity(msgspec.Struct, rename="camel"):
    """Part of core/v1 Affinity."""

    node_affinity: NodeAffinity | None = None


class PodToleration(msgspec.Struct):
    """Part of core/v1 Toleration."""

    key: str = ""
    operator: str = "Equal"
    value: str = ""
    effect: str = ""


class PodSpec(msgspec.Struct, rename="camel"):
    """Part of core/v1 PodSpec."""

    containers: list[ContainerSpec] | None = None
    init_containers: list[ContainerSpec] | None = None
    image_pull_secrets: list[LocalReference] | None = None
    service_account_name: str = ""
    node_selector: dict[str, str] | None = None
    affinity: Affinity | None = None
    tolerations: list[PodToleration] | None = None


class TemplateMetadata(msgspec.Struct):
    """Part of meta/v1 ObjectMeta."""

    annotations: dict[str, str] | None = None


class PodTemplate(msgspec.Struct):
    """Part of core/v1 PodTemplateSpec."""

    metadata: TemplateMetadata = msgspec.field(default_factory=TemplateMetadata)
    spec: PodSpec = msgspec.field(default_factory=PodSpec)


class DeploymentSpec(msgspec.Struct, rename="camel"):
    """Part of apps/v1 DeploymentSpec; the server fills in the defaults."""

    replicas: int = 1
    paused: bool = False
    progress_deadline_seconds: int | None = None
    template: PodTemplate = msgspec.field(default_factory=PodTemplate)


class Condition(msgspec.Struct):
    """Part of apps/v1 DeploymentCondition and core/v1 PodCondition."""

    type: str
    status: str
    reason: str = ""
    message: str = ""


class DeploymentStatus(msgspec.Struct, rename="camel"):
    """Part of apps/v1 DeploymentStatus; counts that are zero are left out by the server."""

    observed_generation: int = 0
    replicas: int = 0
    updated_replicas: int = 0
    available_replicas: int = 0
    conditions: list[Condition] | None = None


class Deployment(msgspec.Struct):
    """Part of apps/v1 Deployment."""

    metadata: Metadata
    spec: DeploymentSpec = msgspec.field(default_factory=DeploymentSpec)
    status: DeploymentStatus = msgspec.field(default_factory=DeploymentStatus)


class RollingUpdate(msgspec.Struct):
    """Part of apps/v1 RollingUpdateStatefulSetStrategy; a DaemonSet's has no partition."""

    partition: int = 0


class UpdateStrategy(msgspec.Struct, rename="camel"):
    """Part of apps/v1 StatefulSetUpdateStrategy and DaemonSetUpdateStrategy."""

    type: str = ""
    rolling_update: RollingUpdate | None = None


class StatefulSetSpec(msgspec.Struct, rename="camel"):
    """Part of apps/v1 StatefulSetSpec; the server fills in the defaults."""

    replicas: int = 1
    pod_management_policy: str = ""
    update_strategy: UpdateStrategy = msgspec.field(default_factory=UpdateStrategy)
    template: PodTemplate = msgspec.field(default_factory=PodTemplate)


class StatefulSetStatus(msgspec.Struct, rename="camel"):
    """Part of apps/v1 StatefulSetStatus; counts that are zero are left out by the server."""

    observed_generation: int = 0
    ready_replicas: int = 0
    updated_replicas: int = 0
    current_revision: str = ""
    update_revision: str = ""


class StatefulSet(msgspec.Struct):
    """Part of apps/v1 StatefulSet."""

    metadata: Metadata
    spec: StatefulSetSpec = msgspec.field(default_factory=StatefulSetSpec)
    status: StatefulSetStatus = msgspec.field(default_factory=StatefulSetStatus)


class DaemonSetSpec(msgspec.Struct, rename="camel"):
    """Part of apps/v1 DaemonSetSpec."""

    update_strategy: UpdateStrategy = msgspec.field(default_factory=UpdateStrategy)
    template: PodTemplate = msgspec.field(default_factory=PodTemplate)


class DaemonSetStatus(msgspec.Struct, rename="camel"):
    """Part of apps/v1 DaemonSetStatus; counts that are zero may be left out by the server."""

    observed_generation: int = 0
    desired_number_scheduled: int = 0
    updated_number_scheduled: int = 0
    number_available: int = 0


class DaemonSet(msgspec.Struct):
    """Part of apps/v1 DaemonSet."""

    metadata: Metadata
    spec: DaemonSetSpec = msgspec.field(default_factory=DaemonSetSpec)
    status: DaemonSetStatus = msgspec.field(default_factory=DaemonSetStatus)


class JobSpec(msgspec.Struct):
    """Part of batch/v1 JobSpec."""

    template: PodTemplate = msgspec.field(default_factory=PodTemplate)


class JobTemplate(msgspec.Struct):
    """Part of batch/v1 JobTemplateSpec."""

    spec: JobSpec = msgspec.field(default_factory=JobSpec)


class CronJobSpec(msgspec.Struct, rename="camel"):
    """Part of batch/v1 CronJobSpec."""

    job_template: JobTemplate = msgspec.field(default_factory=JobTemplate)


class CronJob(msgspec.Struct):
    """Part of batch/v1 CronJob."""

    metadata: Metadata
    spec: CronJobSpec = msgspec.field(default_factory=CronJobSpec)


class ListMetadata(msgspec.Struct, rename={"resource_version": "resourceVersion", "following": "continue"}):
    """Part of meta/v1 ListMeta."""

    resource_version: str = ""
    following: str = ""


class WatchEvent(msgspec.Struct):
    """A line of a watch (meta/v1 WatchEvent)."""

    type: str
    object: msgspec.Raw


class Bookmark(msgspec.Struct):
    """An object of which only the version counts."""

    metadata: Metadata


class Status(msgspec.Struct):
    """Part of meta/v1 Status, which a watch carries when it fails."""

    code: int = 0
    reason: str = ""
    message: str = ""
