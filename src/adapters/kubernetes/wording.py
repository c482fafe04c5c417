"""What Kubernetes calls things that messages of the core mention."""

from __future__ import annotations

from typing import Final

from watch_cluster.domain.workload.workload import WorkloadKey

ALWAYS_PULL: Final = "imagePullPolicy: Always"
"""An image that is pulled at every start."""

KIND_ALIASES: Final = {
    "deploy": "Deployment",
    "deployments": "Deployment",
    "sts": "StatefulSet",
    "statefulsets": "StatefulSet",
    "ds": "DaemonSet",
    "daemonsets": "DaemonSet",
    "cj": "CronJob",
    "cronjobs": "CronJob",
}
"""The other names that kubectl accepts for the kinds of workloads."""
WORKLOAD_EXAMPLES: Final = "default/Deployment/my-app or deploy/my-app"


def resume_command(key: WorkloadKey) -> str:
    """The command that resumes a paused workload."""
    return f"kubectl rollout resume {key.kind.lower()} {key.name}"
