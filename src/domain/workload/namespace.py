"""What namespaces say about the workloads in them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from watch_cluster.domain.workload import annotation
from watch_cluster.domain.workload.workload import Freeze, Workload

NamespaceSettings = Mapping[str, Mapping[str, str]]
"""The annotations of ours on each namespace that has any."""


def with_namespace_settings(workload: Workload, said: NamespaceSettings, own: str) -> Workload:
    """Show the workload with what its namespace says, and with the freeze of `own`, where Watch-Cluster itself runs."""
    inherited = said.get(workload.key.namespace, {})
    freeze = next(
        (
            Freeze(name, said[name][annotation.FREEZE])
            for name in (workload.key.namespace, own)
            if annotation.FREEZE in said.get(name, {})
        ),
        None,
    )
    if (inherited, freeze) == (workload.inherited, workload.freeze):
        return workload
    return replace(workload, inherited=inherited, freeze=freeze)
