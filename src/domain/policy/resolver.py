"""Finds the value that counts: that of the container, the workload, the namespace, the controller, or the default."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from watch_cluster.domain.policy.setting_specs import SettingSpec, Source
from watch_cluster.domain.workload import annotation
from watch_cluster.domain.workload.workload import Workload


@dataclass(frozen=True, slots=True)
class Setting:
    """What counts for a workload, or for one container of it; `key` is the annotation's, without the container."""

    key: str
    value: str
    source: Source
    container: str | None = None

    @property
    def where(self) -> str:
        """Where a person finds the value to change it."""
        if self.source is Source.CONTAINER and self.container is not None:
            return annotation.of_container(self.key, self.container)
        return f"{self.key} of the {self.source}" if self.source in _ELSEWHERE else self.key


_ELSEWHERE: Final = frozenset({Source.NAMESPACE, Source.CONTROLLER})


def resolve(
    spec: SettingSpec[Any], workload: Workload, of_controller: Mapping[str, str], container: str | None = None
) -> Setting | None:
    """The nearest value of the setting, None when nobody sets it and it has no default.

    `of_controller` are the controller's defaults for workloads, by the keys of the annotations.
    """
    for source in spec.scopes:
        value = _value_at(source, spec.key, workload, of_controller, container)
        if value is not None:
            return Setting(spec.key, value, source, container)
    return None if spec.default is None else _default(spec.key, spec.default, container)


def _value_at(
    source: Source, key: str, workload: Workload, of_controller: Mapping[str, str], container: str | None
) -> str | None:
    if source is Source.CONTAINER:
        return None if container is None else workload.annotations.get(annotation.of_container(key, container))
    if source is Source.WORKLOAD:
        return workload.annotations.get(key)
    return (workload.inherited if source is Source.NAMESPACE else of_controller).get(key)


@lru_cache(maxsize=1024)
def _default(key: str, value: str, container: str | None) -> Setting:
    """Defaults are the same for thousands of workloads, and kept with each of them."""
    return Setting(key, value, Source.DEFAULT, container)
