"""Where a setting comes from: container, workload, namespace, controller or nobody; and what is wrong with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from typing import Final, TypeVar

from watch_cluster.domain.workload import annotation
from watch_cluster.domain.workload.workload import Workload

DEFAULTS: Final[Mapping[str, str]] = {
    annotation.CRON: "0 */5 * * * ?",
    annotation.TIMEZONE: "UTC",
    annotation.STRATEGY: "version",
    annotation.PRERELEASE: "false",
    annotation.VARIANT: "same",
    annotation.BEHIND: "0",
    annotation.MIN_AGE: "0",
    annotation.MODE: "update",
    annotation.ROLLOUT_TIMEOUT: "10m",
    annotation.SOAK: "30s",
    annotation.ROLLBACK: "true",
}
"""What counts where nobody says anything."""

Parsed = TypeVar("Parsed")


class Source(StrEnum):
    """Who said it. The first of these that says something counts."""

    CONTAINER = "container"
    WORKLOAD = "workload"
    NAMESPACE = "namespace"
    CONTROLLER = "controller"
    DEFAULT = "default"


@dataclass(frozen=True, slots=True)
class Setting:
    """What counts for a workload, or for one container of it; `key` is the annotation's, without the container."""

    key: str
    value: str
    source: Source
    container: str | None = None

    @property
    def where(self) -> str:
        """Where the value stands, for whoever wants to change it."""
        if self.source is Source.CONTAINER and self.container is not None:
            return annotation.of_container(self.key, self.container)
        return f"{self.key} of the {self.source}" if self.source in _ELSEWHERE else self.key


_ELSEWHERE: Final = frozenset({Source.NAMESPACE, Source.CONTROLLER})


@dataclass(frozen=True, slots=True)
class SettingError:
    """One thing that is wrong: where it stands, what stands there, and what would be right."""

    where: str
    value: str
    allowed: str

    def __str__(self) -> str:
        quoted = "" if repr(self.value) in self.allowed else f"{self.value!r} is not valid, "
        return f"{self.where}: {quoted}{self.allowed}"


class InvalidConfiguration(ValueError):  # noqa: N818 - the name of the Event that tells it
    """The workload cannot be updated as it is written; all faults together."""

    def __init__(self, faults: tuple[SettingError, ...]) -> None:
        """Join the faults to one line."""
        super().__init__("; ".join(str(fault) for fault in faults))
        self.faults = faults


@dataclass(slots=True)
class SettingsReader:
    """Reads the settings of one workload, and notes what counts and every fault on the way."""

    workload: Workload
    of_controller: Mapping[str, str]
    settings: dict[tuple[str | None, str], Setting] = field(default_factory=dict)
    faults: dict[SettingError, None] = field(default_factory=dict)

    def find(self, key: str, container: str | None = None) -> Setting | None:
        """What counts for the key, None when nobody says anything and there is no default."""
        setting = next(self._said(key, container), None)
        if setting is not None:
            self.settings[container, key] = setting
        return setting

    def read(self, key: str, parse: Callable[[str], Parsed], container: str | None = None) -> Parsed | None:
        """Parse what counts; None when nobody says anything, or it is a fault: `parse` raised a `ValueError`."""
        setting = self.find(key, container)
        if setting is None:
            return None
        try:
            return parse(setting.value)
        except ValueError as error:
            self.fault(setting.where, setting.value, str(error))
            return None

    def fault(self, where: str, value: str, allowed: str) -> None:
        """Note a fault, once."""
        self.faults[SettingError(where, value, allowed)] = None

    def _said(self, key: str, container: str | None) -> Iterator[Setting]:
        own = self.workload.annotations
        if container is not None and (said := own.get(annotation.of_container(key, container))) is not None:
            yield Setting(key, said, Source.CONTAINER, container)
        if (said := own.get(key)) is not None:
            yield Setting(key, said, Source.WORKLOAD, container)
        if key in annotation.OF_NAMESPACES:
            if (said := self.workload.inherited.get(key)) is not None:
                yield Setting(key, said, Source.NAMESPACE, container)
            if (said := self.of_controller.get(key)) is not None:
                yield Setting(key, said, Source.CONTROLLER, container)
        if (said := DEFAULTS.get(key)) is not None:
            yield _of_default(key, said, container)


@lru_cache(maxsize=1024)
def _of_default(key: str, said: str, container: str | None) -> Setting:
    """What nobody has said is the same for thousands of workloads, and kept with each of them."""
    return Setting(key, said, Source.DEFAULT, container)


def unknown_keys(workload: Workload) -> Iterator[SettingError]:
    """Find the keys under our domain that mean nothing where they stand.

    They are faults: whoever misspells `strategy` must not get the default strategy at night.
    """
    names = [each.name for each in workload.containers]
    for key, value in sorted(workload.annotations.items()):
        if key in annotation.READ or key in annotation.WRITTEN:
            continue
        container = key.removesuffix(f".{annotation.DOMAIN}/{annotation.short(key)}")
        plain = f"{annotation.DOMAIN}/{annotation.short(key)}"
        if key == annotation.FREEZE:
            yield SettingError(key, value, "it is set on a namespace, not on a workload")
        elif container == key:
            yield SettingError(key, value, f"there is no such setting: known are {_names(annotation.READ)}")
        elif container not in names:
            yield SettingError(key, value, f"there is no container {container!r}: there is {', '.join(names)}")
        elif plain not in annotation.OF_CONTAINERS:
            allowed = f"a container has no such setting of its own, only {_names(annotation.OF_CONTAINERS)}"
            yield SettingError(key, value, allowed)
    for key, value in sorted(workload.inherited.items()):
        if key not in annotation.OF_NAMESPACES and key != annotation.FREEZE:
            allowed = f"a namespace cannot set it, only {_names(annotation.OF_NAMESPACES | {annotation.FREEZE})}"
            yield SettingError(f"{key} of the {Source.NAMESPACE}", value, allowed)


def _names(keys: frozenset[str]) -> str:
    return ", ".join(sorted(annotation.short(key) for key in keys))
