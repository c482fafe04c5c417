"""Names and labels by which the containers of an unfinished replacement are recognized, whatever else was lost."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from watch_cluster.domain.workload import annotation
from watch_cluster.domain.workload.workload import WorkloadKey

CONTAINER: Final = "Container"
SERVICE: Final = "Service"
"""The kinds of workloads; the second one is a service of Compose."""

REPLACES: Final = f"{annotation.DOMAIN}/replaces"
"""On a container that we created: the id of the one that it replaces."""
START: Final = f"{annotation.DOMAIN}/start"
"""On a container that we created: `true` if it is to run, `false` if the one that it replaces was stopped."""
STATE_VERSION: Final = f"{annotation.DOMAIN}/state-version"
"""On a container that we created: how current the records in its labels are."""
SETTINGS_SINCE: Final = f"{annotation.DOMAIN}/settings-since"
"""On a container that we created: when somebody else last created its predecessors, in ISO 8601."""
INTERNAL: Final = frozenset({REPLACES, START, STATE_VERSION, SETTINGS_SINCE, annotation.TEMPLATE_DIGEST})

PROJECT: Final = "com.docker.compose.project"
COMPOSE_SERVICE: Final = "com.docker.compose.service"
ONE_OFF: Final = "com.docker.compose.oneoff"
DEPENDS_ON: Final = "com.docker.compose.depends_on"
"""Source: https://github.com/docker/compose/blob/main/pkg/api/labels.go"""


class Role(StrEnum):
    """What a container is in a replacement; the value is the ending of its name."""

    CURRENT = ""
    NEXT = "-watch-cluster-next"
    PREVIOUS = "-watch-cluster-previous"
    FAILED = "-watch-cluster-failed"


def split_role(name: str) -> tuple[str, Role]:
    """The name that the container has when nothing is being replaced, and its role.

    >>> split_role("web-watch-cluster-next")
    ('web', <Role.NEXT: '-watch-cluster-next'>)
    """
    for role in (Role.NEXT, Role.PREVIOUS, Role.FAILED):
        if name.endswith(role) and name != role:
            return name.removesuffix(role), role
    return name, Role.CURRENT


def key_of(name: str, labels: Mapping[str, str], engine: str) -> WorkloadKey:
    """The workload that the container belongs to; `engine` is the name of the engine."""
    project, service = labels.get(PROJECT), labels.get(COMPOSE_SERVICE)
    if project and service and labels.get(ONE_OFF, "False").lower() != "true":
        return WorkloadKey(project, SERVICE, service)
    return WorkloadKey(engine, CONTAINER, split_role(name)[0])


def concerns_us(name: str, labels: Mapping[str, str]) -> bool:
    """Whether the container has a label of ours, or is part of a replacement."""
    return split_role(name)[1] is not Role.CURRENT or any(annotation.is_watch_cluster_key(label) for label in labels)
