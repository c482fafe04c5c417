"""Precedence of settings: the container, the workload, the namespace, the controller, the default."""

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
    """The effective value of a workload, or of one of its containers; `key` has no container prefix."""

    key: str
    value: str
    source: Source
    container: str | None = None

    @property
    def where(self) -> str:
        """Where the value is set, for messages."""
        if self.source is Source.CONTAINER and self.container is not None:
            return annotation.of_container(self.key, self.container)
        return f"{self.key} of the {self.source}" if self.source in _ELSEWHERE else self.key


_CONTAINER: Final = Source.CONTAINER
_ELSEWHERE: Final = frozenset({Source.NAMESPACE, Source.CONTROLLER})


@dataclass(frozen=True, slots=True)
class Resolver:
    """Resolves the settings of one workload. `of_controller` are the controller's defaults, by annotation key."""

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
        """Return the nearest value of the setting, None if it is not set and has no default."""
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
    """Return one shared object: thousands of workloads have the same defaults."""
    return Setting(key, value, Source.DEFAULT, container)
