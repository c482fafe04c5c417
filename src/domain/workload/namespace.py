"""Settings and freezes that workloads inherit from namespaces."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from watch_cluster.domain.workload import annotation
from watch_cluster.domain.workload.workload import Freeze, Workload

NamespaceSettings = Mapping[str, Mapping[str, str]]
"""Our annotations by namespace, for namespaces that have any."""


def with_namespace_settings(workload: Workload, settings: NamespaceSettings, own: str) -> Workload:
    """Return the workload with the settings and freeze of its namespace, or the freeze of our own namespace `own`."""
    inherited = settings.get(workload.key.namespace, {})
    freeze = next(
        (
            Freeze(name, settings[name][annotation.FREEZE])
            for name in (workload.key.namespace, own)
            if annotation.FREEZE in settings.get(name, {})
        ),
        None,
    )
    if (inherited, freeze) == (workload.inherited, workload.freeze):
        return workload
    return replace(workload, inherited=inherited, freeze=freeze)
