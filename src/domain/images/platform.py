"""Platforms of images and nodes, and scheduling constraints: an image that no node can run is not rolled out."""

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
_DEFAULT_VARIANTS: Final = {("amd64", "v1"): "", ("arm64", "v8"): "", ("arm", ""): "v7"}
_VARIANTS_BY_ALIAS: Final = {"armhf": "v7", "armel": "v6"}


@dataclass(frozen=True, slots=True, order=True)
class Platform:
    """An operating system, an architecture and an optional variant, such as `linux/arm/v7`.

    Names are Go's GOOS and GOARCH, which registries and nodes report. Create platforms with `of`, which normalizes
    aliases.
    """

    os: str
    architecture: str
    variant: str = ""

    @classmethod
    def of(cls, os: str, architecture: str, variant: str = "") -> Platform:
        """Normalize the names as github.com/containerd/platforms does.

        >>> Platform.of("Linux", "aarch64", "8") == Platform.of("linux", "arm64")
        True
        """
        alias = architecture.lower()
        variant = _VARIANTS_BY_ALIAS.get(alias, variant.lower())
        if variant.isdecimal():
            variant = f"v{variant}"
        architecture = _ARCHITECTURES.get(alias, alias)
        return cls(os.lower(), architecture, _DEFAULT_VARIANTS.get((architecture, variant), variant))

    def __str__(self) -> str:
        return "/".join(part for part in (self.os, self.architecture, self.variant) if part)

    def can_run(self, image: Platform) -> bool:
        """Whether this platform runs an image built for `image`; later variants run images for earlier ones."""
        return (self.os, self.architecture) == (image.os, image.architecture) and image.variant <= self.variant


class Operator(StrEnum):
    """How a requirement compares a node label with its values; the names are those of the orchestrator."""

    IN = "In"
    NOT_IN = "NotIn"
    EXISTS = "Exists"
    DOES_NOT_EXIST = "DoesNotExist"
    GT = "Gt"
    LT = "Lt"


@dataclass(frozen=True, slots=True)
class Requirement:
    """A requirement on one node label. `operator` is text because an orchestrator may add operators."""

    label: str
    operator: str
    values: tuple[str, ...] = ()

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Whether a node with these labels meets the requirement; an unknown operator counts as met."""
        value = labels.get(self.label)
        if self.operator == Operator.IN:
            return value in self.values
        if self.operator == Operator.NOT_IN:
            return value not in self.values
        if self.operator in {Operator.EXISTS, Operator.DOES_NOT_EXIST}:
            return (value is not None) is (self.operator == Operator.EXISTS)
        if self.operator in {Operator.GT, Operator.LT}:
            return self._matches_number(value)
        return True

    def _matches_number(self, value: str | None) -> bool:
        bound = self.values[0] if len(self.values) == 1 else ""
        try:
            difference = int(value or "") - int(bound)
        except ValueError:
            return False
        return difference > 0 if self.operator == Operator.GT else difference < 0


@dataclass(frozen=True, slots=True)
class Taint:
    """Keeps replicas that do not tolerate it off a node."""

    key: str
    value: str
    effect: str


@dataclass(frozen=True, slots=True)
class Toleration:
    """A taint that a replica tolerates. An empty key with `Exists` matches all keys, an empty effect all effects."""

    key: str = ""
    operator: str = "Equal"
    value: str = ""
    effect: str = ""

    def tolerates(self, taint: Taint) -> bool:
        """Whether the toleration matches the taint."""
        if self.effect not in {"", taint.effect}:
            return False
        if self.operator == Operator.EXISTS:
            return self.key in {"", taint.key}
        return (self.key, self.value) == (taint.key, taint.value)


@dataclass(frozen=True, slots=True)
class SchedulingConstraints:
    """What a template requires of a node: all labels of `selector`, and all requirements of one of `terms`."""

    selector: Mapping[str, str] = field(default_factory=dict)
    terms: tuple[tuple[Requirement, ...], ...] = ()
    tolerations: tuple[Toleration, ...] = ()


@dataclass(frozen=True, slots=True)
class Node:
    """A node of the cluster."""

    platform: Platform
    labels: Mapping[str, str] = field(default_factory=dict)
    taints: tuple[Taint, ...] = ()


_BLOCKING_EFFECTS: Final = frozenset({"NoSchedule", "NoExecute"})
_TEMPORARY_TAINT_PREFIX: Final = "node.kubernetes.io/"
"""Taints that the orchestrator itself sets temporarily: cordoned, not ready, memory pressure."""


def can_schedule(scheduling: SchedulingConstraints, node: Node) -> bool:
    """Whether replicas can be scheduled on the node, now or once temporary taints are removed."""
    return _labels_match(scheduling, node.labels) and not any(
        _is_blocked_by(scheduling, taint) for taint in node.taints
    )


def _labels_match(scheduling: SchedulingConstraints, labels: Mapping[str, str]) -> bool:
    if any(labels.get(label) != value for label, value in scheduling.selector.items()):
        return False
    return not scheduling.terms or any(
        term and all(requirement.matches(labels) for requirement in term) for term in scheduling.terms
    )


def _is_blocked_by(scheduling: SchedulingConstraints, taint: Taint) -> bool:
    if taint.effect not in _BLOCKING_EFFECTS or taint.key.startswith(_TEMPORARY_TAINT_PREFIX):
        return False
    return not any(toleration.tolerates(taint) for toleration in scheduling.tolerations)


def missing_platforms(
    candidate: frozenset[Platform],
    current: frozenset[Platform],
    scheduling: SchedulingConstraints,
    nodes: tuple[Node, ...] | None,
) -> tuple[Platform, ...]:
    """Return the platforms of the current image that the workload's nodes need and the candidate lacks.

    If `nodes` is None, every platform counts as needed. If the platforms of an image are unknown (empty), nothing
    counts as missing.
    """
    if not candidate or not current:
        return ()
    needed = sorted(current)
    if nodes is not None:
        # Nodes do not report the variant of their architecture.
        available = {(node.platform.os, node.platform.architecture) for node in nodes if can_schedule(scheduling, node)}
        needed = [platform for platform in needed if (platform.os, platform.architecture) in available]
    return tuple(platform for platform in needed if not any(platform.can_run(built) for built in candidate))
