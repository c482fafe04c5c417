"""OpenShift: image change triggers in annotations, and image streams that import images.

Source: https://docs.openshift.com/container-platform/latest/openshift_images/triggering-updates-on-imagestream-changes.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from watch_cluster.adapters.migration.documents import Documents, items, mapping
from watch_cluster.adapters.migration.rules import Outcome, Place, Rule, Subject, becomes, nothing

_ANNOTATION: Final = "image.openshift.io/triggers"
_INTERNAL: Final = "image-registry.openshift-image-registry.svc:5000"
_BY_NAME: Final = re.compile(r"""containers\[\?\(@\.name==["']([^"']+)["']\)\]""")
_BY_INDEX: Final = re.compile(r"containers\[(\d+)\]")


def _from(value: str, _subject: Subject) -> Outcome:
    return becomes(f"set the image to {value}, since the trigger has written one with a digest", strategy="latest")


RULES: Final[Mapping[str, Rule]] = {
    "from": _from,
    "paused": lambda value, _: becomes(enabled="false") if value == "true" else Outcome(),
    "DeploymentConfig": nothing("DeploymentConfigs are not watched: make it a Deployment first"),
}
EXAMPLES: Final = (
    ("from", f"{_INTERNAL}/shop/web:latest"),
    ("paused", "true"),
    ("DeploymentConfig", "ImageChange"),
)


def find(documents: Documents) -> Iterator[Subject]:
    """Each container that a trigger changes."""
    streams = {_name(each): mapping(each.get("spec")) for each in documents.of_kind("ImageStream")}
    for workload in documents.workloads():
        for trigger in _triggers(workload.settings.get(_ANNOTATION, "")):
            source = mapping(trigger.get("from"))
            namespace = str(source.get("namespace") or workload.namespace or "NAMESPACE")
            image = _image(streams, namespace, str(source.get("name", "")))
            settings = {"from": image}
            if str(trigger.get("paused", "")).lower() == "true":
                settings["paused"] = "true"
            container = _container(str(trigger.get("fieldPath", "")), list(workload.images))
            yield Subject(str(workload), settings, workload.images, container)
    for each in documents.of_kind("DeploymentConfig"):
        name = "/".join(part for part in _name(each) if part)
        yield Subject(f"DeploymentConfig {name}", {"DeploymentConfig": "ImageChange"}, {}, place=Place.UNKNOWN)


def _triggers(value: str) -> list[Mapping[str, Any]]:
    try:
        return items(json.loads(value)) if value else []
    except ValueError:
        return []


def _image(streams: Mapping[tuple[str, str], Mapping[str, Any]], namespace: str, stream_tag: str) -> str:
    """What the image stream tag stands for: the image that it imports, else the one in the internal registry."""
    stream, _, tag = stream_tag.partition(":")
    spec = streams.get((namespace, stream)) or streams.get(("", stream)) or {}
    for each in items(spec.get("tags")):
        source = mapping(each.get("from"))
        if each.get("name") == tag and source.get("kind") == "DockerImage":
            return str(source.get("name", ""))
    return f"{_INTERNAL}/{namespace}/{stream}:{tag or 'latest'}"


def _container(path: str, containers: list[str]) -> str | None:
    if match := _BY_NAME.search(path):
        return match[1]
    match = _BY_INDEX.search(path)
    index = int(match[1]) if match is not None else None
    return containers[index] if index is not None and index < len(containers) else None


def _name(document: object) -> tuple[str, str]:
    metadata = mapping(mapping(document).get("metadata"))
    return str(metadata.get("namespace", "")), str(metadata.get("name", ""))
