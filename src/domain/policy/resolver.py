"""Finds the value that counts: that of the container, the workload, the namespace, the controller, or the default."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
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


_CONTAINER: Final = Source.CONTAINER
_ELSEWHERE: Final = frozenset({Source.NAMESPACE, Source.CONTROLLER})


@dataclass(frozen=True, slots=True)
class Resolver:
    """Finds settings of one workload. `of_controller` are the controller's defaults, by the keys of annotations."""

    workload: Workload
    of_controller: Mapping[str, str]
    _places: Mapping[Source, Mapping[str, str]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        places = {
            Source.CONTAINER: self.workload.annotations,
            Source.WORKLOAD: self.workload.annotations,
            Source.NAMESPACE: self.workload.inherited,
            Source.CONTROLLER: self.of_controller,
        }
        object.__setattr__(self, "_places", places)

    def find(self, spec: SettingSpec[Any], container: str | None = None) -> Setting | None:
        """The nearest value of the setting, None when nobody sets it and it has no default."""
        key = spec.key
        for source in spec.scopes:
            place = self._places[source]
            if source is not _CONTAINER:
                value = place.get(key)
            elif container is not None:
                value = place.get(annotation.of_container(key, container))
            else:
                continue
            if value is not None:
                return Setting(key, value, source, container)
        return None if spec.default is None else _default(key, spec.default, container)


@lru_cache(maxsize=1024)
def _default(key: str, value: str, container: str | None) -> Setting:
    """Defaults are the same for thousands of workloads, and kept with each of them."""
    return Setting(key, value, Source.DEFAULT, container)
