"""The fields of workloads that are used, and nothing more: a full Deployment is fifty times as large."""

from __future__ import annotations

import msgspec

from watch_cluster.adapters.kubernetes.resources.objects.metadata import Condition, Metadata
from watch_cluster.adapters.kubernetes.resources.workloads.pod_template import PodTemplate


class DeploymentSpec(msgspec.Struct, rename="camel"):
    """Part of apps/v1 DeploymentSpec; the server fills in the defaults."""

    replicas: int = 1
    paused: bool = False
    progress_deadline_seconds: int | None = None
    template: PodTemplate = msgspec.field(default_factory=PodTemplate)


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
