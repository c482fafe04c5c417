"""Finds the labels of containers and services, for the tools that are configured with labels."""

from __future__ import annotations

from collections.abc import Iterator

from watch_cluster.adapters.migration.documents import Documents
from watch_cluster.adapters.migration.rules import Place, Subject


def labelled(documents: Documents, prefix: str) -> Iterator[Subject]:
    """The services and workloads with labels or annotations that begin so."""
    for service in documents.services():
        found = {key: value for key, value in service.labels.items() if key.startswith(prefix)}
        if found:
            yield Subject(f"service {service.name}", found, {service.name: service.image}, place=Place.SERVICE)
    for workload in documents.workloads():
        found = {key: value for key, value in workload.settings.items() if key.startswith(prefix)}
        if found:
            yield Subject(str(workload), found, workload.images)


def process(documents: Documents, prefix: str) -> Iterator[Subject]:
    """The variables of the tool itself, wherever a service has them."""
    for service in documents.services():
        found = {key: value for key, value in service.environment.items() if key.startswith(prefix)}
        if found:
            yield Subject(f"the tool itself (service {service.name})", found, {}, place=Place.UNKNOWN)
