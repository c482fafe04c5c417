"""What the controllers keep of earlier templates: ReplicaSets of Deployments, ControllerRevisions of DaemonSets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import msgspec

from watch_cluster.adapters.kubernetes.client.decoding import decode
from watch_cluster.adapters.kubernetes.resources.objects.metadata import Metadata
from watch_cluster.adapters.kubernetes.resources.objects.object_reading import read_head, reading
from watch_cluster.adapters.kubernetes.resources.workloads.kinds import POD_TEMPLATE_HASH, REVISION_HASH
from watch_cluster.adapters.kubernetes.resources.workloads.workload_reading import (
    DEPLOYMENT_REVISION,
    TooLarge,
    check_annotations,
)
from watch_cluster.domain.workload.annotation import DOMAIN

_MAX_DIGITS: Final = 19
MAX_BYTES: Final = 1024 * 1024
"""How much annotations of ours all revisions of one workload may hold: sixteen times the most of one object."""


class _Requirement(msgspec.Struct):
    """Part of meta/v1 LabelSelectorRequirement."""

    key: str
    operator: str
    values: list[str] | None = None


class LabelSelector(msgspec.Struct, rename="camel"):
    """Part of meta/v1 LabelSelector."""

    match_labels: dict[str, str] | None = None
    match_expressions: list[_Requirement] | None = None

    def __str__(self) -> str:
        """Write it as a query parameter (k8s.io/apimachinery/pkg/labels)."""
        return ",".join((*(f"{key}={value}" for key, value in (self.match_labels or {}).items()), *self._expressions()))

    def _expressions(self) -> Iterator[str]:
        for each in self.match_expressions or ():
            values = ",".join(each.values or ())
            match each.operator:
                case "Exists":
                    yield each.key
                case "DoesNotExist":
                    yield f"!{each.key}"
                case operator:
                    yield f"{each.key} {operator.lower()} ({values})"


class _Revision(msgspec.Struct):
    """Part of apps/v1 ReplicaSet and ControllerRevision."""

    metadata: Metadata
    revision: int = 0


_REVISION: Final = msgspec.json.Decoder(_Revision)


@dataclass(frozen=True, slots=True)
class Revision:
    """One template of a workload. `hash` is the label of its pods, `annotations` are those of Watch-Cluster."""

    number: int
    hash: str | None
    annotations: Mapping[str, str]


class Revisions:
    """A `Collection` of the revisions of one workload, known by its uid; for one list, which fills its budget."""

    def __init__(self, plural: str, uid: str) -> None:
        self.plural = plural
        self._uid = uid
        self._bytes = 0

    def collection(self, namespace: str | None) -> str:
        """The path of all revisions in a namespace."""
        return f"/apis/apps/v1/namespaces/{namespace}/{self.plural}"

    def read(self, body: bytes | msgspec.Raw) -> tuple[str, str, Revision | None]:
        """Read one revision. Raises `UnreadableObject`, and `msgspec.DecodeError` when it is no object at all."""
        head = read_head(body)
        with reading(head.name, head):
            read = decode(_REVISION, body)
            metadata = read.metadata
            controller = metadata.controller
            if controller is None or controller.uid != self._uid:
                return head.name, head.resource_version, None
            annotations = metadata.our_annotations
            self._bytes += check_annotations(annotations)
            if self._bytes > MAX_BYTES:
                raise TooLarge(
                    f"the revisions of its workload hold more than {MAX_BYTES} bytes of annotations under {DOMAIN}:"
                    " remove them there, or lower its revisionHistoryLimit"
                )
            number = (metadata.annotations or {}).get(DEPLOYMENT_REVISION, "")
            revision = Revision(
                int(number) if number.isascii() and number.isdigit() and len(number) <= _MAX_DIGITS else read.revision,
                (metadata.labels or {}).get(POD_TEMPLATE_HASH) or (metadata.labels or {}).get(REVISION_HASH),
                annotations,
            )
        return head.name, head.resource_version, revision
