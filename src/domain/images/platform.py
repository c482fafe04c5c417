"""What an image is built for and what a node is, because an image that no node can run must not be rolled out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

_ARCHITECTURES: Final = {
    "i386": "386",
    "x86_64": "amd64",
    "x86-64": "amd64",
    "aarch64": "arm64",
    "armhf": "arm",
    "armel": "arm",
}
_USUAL_VARIANTS: Final = {("amd64", "v1"): "", ("arm64", "v8"): "", ("arm", ""): "v7"}
_VARIANTS_OF_NAMES: Final = {"armhf": "v7", "armel": "v6"}


@dataclass(frozen=True, slots=True, order=True)
class Platform:
    """An operating system, an architecture and, where there are several of it, its variant: `linux/arm/v7`.

    Names are those of Go, in which registries and nodes tell them; made by `of`, so that equal ones are equal.
    """

    os: str
    architecture: str
    variant: str = ""

    @classmethod
    def of(cls, os: str, architecture: str, variant: str = "") -> Platform:
        """Bring the names into the form that github.com/containerd/platforms gives them.

        >>> Platform.of("Linux", "aarch64", "8") == Platform.of("linux", "arm64")
        True
        """
        named = architecture.lower()
        variant = _VARIANTS_OF_NAMES.get(named, variant.lower())
        if variant.isdecimal():
            variant = f"v{variant}"
        architecture = _ARCHITECTURES.get(named, named)
        return cls(os.lower(), architecture, _USUAL_VARIANTS.get((architecture, variant), variant))

    def __str__(self) -> str:
        return "/".join(part for part in (self.os, self.architecture, self.variant) if part)

    def runs(self, image: Platform) -> bool:
        """Whether it runs an image that was built for the other: one for an earlier variant runs on a later one."""
        return (self.os, self.architecture) == (image.os, image.architecture) and image.variant <= self.variant


class Operator(StrEnum):
    """How a requirement of a node affinity compares (core/v1 NodeSelectorOperator)."""

    IN = "In"
    NOT_IN = "NotIn"
    EXISTS = "Exists"
    DOES_NOT_EXIST = "DoesNotExist"
    GT = "Gt"
    LT = "Lt"


@dataclass(frozen=True, slots=True)
class Requirement:
    """What a label of a node must be; `operator` is text, since orchestrators may know more of them than we do."""

    label: str
    operator: str
    values: tuple[str, ...] = ()

    def met_by(self, labels: Mapping[str, str]) -> bool:
        """Whether a node with these labels meets it; what we do not know counts as met, since nothing is known."""
        value = labels.get(self.label)
        if self.operator == Operator.IN:
            return value in self.values
        if self.operator == Operator.NOT_IN:
            return value not in self.values
        if self.operator in {Operator.EXISTS, Operator.DOES_NOT_EXIST}:
            return (value is not None) is (self.operator == Operator.EXISTS)
        if self.operator in {Operator.GT, Operator.LT}:
            return self._compares(value)
        return True

    def _compares(self, value: str | None) -> bool:
        bound = self.values[0] if len(self.values) == 1 else ""
        try:
            difference = int(value or "") - int(bound)
        except ValueError:
            return False
        return difference > 0 if self.operator == Operator.GT else difference < 0


@dataclass(frozen=True, slots=True)
class Taint:
    """What keeps instances off a node that do not tolerate it."""

    key: str
    value: str
    effect: str


@dataclass(frozen=True, slots=True)
class Toleration:
    """A taint that an instance puts up with; an empty key with `Exists` means all, an empty effect any."""

    key: str = ""
    operator: str = "Equal"
    value: str = ""
    effect: str = ""

    def tolerates(self, taint: Taint) -> bool:
        """Whether it is about that taint."""
        if self.effect not in {"", taint.effect}:
            return False
        if self.operator == Operator.EXISTS:
            return self.key in {"", taint.key}
        return (self.key, self.value) == (taint.key, taint.value)


@dataclass(frozen=True, slots=True)
class SchedulingConstraints:
    """What a workload's template demands of a node. Of `terms` one must be met, all requirements of it."""

    selector: Mapping[str, str] = field(default_factory=dict)
    terms: tuple[tuple[Requirement, ...], ...] = ()
    tolerations: tuple[Toleration, ...] = ()


@dataclass(frozen=True, slots=True)
class Node:
    """A machine of the cluster."""

    platform: Platform
    labels: Mapping[str, str] = field(default_factory=dict)
    taints: tuple[Taint, ...] = ()


_KEEPING_OFF: Final = frozenset({"NoSchedule", "NoExecute"})
_PASSING: Final = "node.kubernetes.io/"
"""What the orchestrator itself taints a node with for a while: cordoned, not ready, short of memory."""


def may_run(scheduling: SchedulingConstraints, node: Node) -> bool:
    """Whether instances may come to run on the node, now or when what is passing has passed."""
    if any(node.labels.get(label) != value for label, value in scheduling.selector.items()):
        return False
    if scheduling.terms and not any(
        term and all(each.met_by(node.labels) for each in term) for term in scheduling.terms
    ):
        return False
    return all(
        taint.effect not in _KEEPING_OFF
        or taint.key.startswith(_PASSING)
        or any(toleration.tolerates(taint) for toleration in scheduling.tolerations)
        for taint in node.taints
    )


def missing_platforms(
    candidate: frozenset[Platform],
    current: frozenset[Platform],
    scheduling: SchedulingConstraints,
    nodes: tuple[Node, ...] | None,
) -> tuple[Platform, ...]:
    """Name what the workload would lose with the candidate, of what its current image has and its nodes need.

    Where nodes or images are not known (None, or no platform), nodes are taken to need all, and images to have all.
    """
    if not candidate or not current:
        return ()
    here = None if nodes is None else {node.platform for node in nodes if may_run(scheduling, node)}
    needed = sorted(
        each
        for each in current
        # A node tells no variant of its architecture.
        if here is None or any((each.os, each.architecture) == (node.os, node.architecture) for node in here)
    )
    return tuple(each for each in needed if not any(each.runs(built) for built in candidate))
