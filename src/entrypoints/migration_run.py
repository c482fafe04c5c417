"""Reads a cluster for `watch-cluster migrate`, and annotates what it advises."""

from __future__ import annotations

from dataclasses import dataclass

from watch_cluster.adapters.kubernetes.client.api import KubernetesApi
from watch_cluster.adapters.kubernetes.plain_objects import PlainObjects
from watch_cluster.adapters.migration.documents import Documents, mapping
from watch_cluster.adapters.migration.rules import Advice, Place
from watch_cluster.adapters.migration.supported_tools import Tool
from watch_cluster.application.ports.orchestrator.workload_reader import OrchestratorError
from watch_cluster.domain.workload import annotation
from watch_cluster.domain.workload.workload import WorkloadKey


@dataclass(frozen=True, slots=True)
class ClusterMigration:
    """A connection to the cluster that is read."""

    api: KubernetesApi
    objects: PlainObjects

    @classmethod
    def connect(cls, kubeconfig: str | None, context: str | None, namespace: str | None) -> ClusterMigration:
        """Connect with that kubeconfig. Raises `NoApiServer`."""
        api = KubernetesApi.connect(kubeconfig, context)
        return cls(api, PlainObjects(api, namespace))

    def read(self, tool: Tool) -> Documents:
        """Read the workloads and the objects of the tool. Raises `OrchestratorUnavailable`."""
        found = list(self.objects.workloads())
        for kind, resources in tool.resources.items():
            found += self.objects.of_kind(kind, resources)
        return Documents(tuple(found))

    def close(self) -> None:
        """Close the connections."""
        self.api.close()


def annotate(migration: ClusterMigration, documents: Documents, advices: tuple[Advice, ...]) -> list[str]:
    """Annotate the workloads that are not annotated yet, and return one line for each that could not be."""
    versions = {_key(each): mapping(each.get("metadata")) for each in documents.objects}
    faults = []
    for advice in advices:
        name = advice.subject.name
        if advice.subject.place is not Place.WORKLOAD or not advice.annotations:
            continue
        metadata = versions[name]
        if annotation.ENABLED in (metadata.get("annotations") or {}):
            faults.append(f"{name}: it has {annotation.ENABLED} already, and is left as it is")
            continue
        namespace, kind, workload = name.split("/")
        try:
            key = WorkloadKey(namespace, kind, workload)
            migration.objects.annotate(key, str(metadata.get("resourceVersion", "")), advice.annotations)
        except OrchestratorError as error:
            faults.append(str(error))
        else:
            print(f"annotated {name}")  # noqa: T201 - the command's output
    return faults


def _key(document: object) -> str:
    found = mapping(document)
    metadata = mapping(found.get("metadata"))
    return f"{metadata.get('namespace')}/{found.get('kind')}/{metadata.get('name')}"
