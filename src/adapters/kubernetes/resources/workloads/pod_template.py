"""The fields of pod templates that are used."""

from __future__ import annotations

import msgspec


class ContainerSpec(msgspec.Struct, rename="camel", gc=False):
    """Part of core/v1 Container; the server fills in the policy."""

    name: str
    image: str = ""
    image_pull_policy: str = ""
    restart_policy: str = ""


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

    @property
    def requirements(self) -> tuple[NodeSelectorRequirement, ...]:
        """All that a node must meet."""
        return (*(self.match_expressions or ()), *(self.match_fields or ()))


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

    @property
    def required_node_affinity(self) -> tuple[NodeSelectorTerm, ...]:
        """The terms of which a node must meet one."""
        affinity = None if self.affinity is None else self.affinity.node_affinity
        selector = None if affinity is None else affinity.required_during_scheduling_ignored_during_execution
        return () if selector is None else tuple(selector.node_selector_terms or ())


class TemplateMetadata(msgspec.Struct):
    """Part of meta/v1 ObjectMeta."""

    annotations: dict[str, str] | None = None


class PodTemplate(msgspec.Struct):
    """Part of core/v1 PodTemplateSpec."""

    metadata: TemplateMetadata = msgspec.field(default_factory=TemplateMetadata)
    spec: PodSpec = msgspec.field(default_factory=PodSpec)
