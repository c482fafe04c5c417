"""Reads the settings of one workload and collects all errors."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from watch_cluster.domain.policy.errors import SettingError
from watch_cluster.domain.policy.resolver import Resolver, Setting
from watch_cluster.domain.policy.setting_specs import SettingSpec, Source
from watch_cluster.domain.versions.tag_pattern import Compiler
from watch_cluster.domain.workload.workload import Workload

Parsed = TypeVar("Parsed")
_DEFAULT: Final = Source.DEFAULT


@dataclass(slots=True)
class SettingsReader:
    """`settings` are the effective values by container and key; `errors` has each error once, in order."""

    resolver: Resolver
    compiler: Compiler
    settings: dict[tuple[str | None, str], Setting] = field(default_factory=dict)
    errors: dict[SettingError, None] = field(default_factory=dict)
    _distinct: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    @property
    def workload(self) -> Workload:
        """The workload whose settings these are."""
        return self.resolver.workload

    def find(self, spec: SettingSpec[Any], container: str | None = None) -> Setting | None:
        """Return the effective value, None if it is not set and has no default."""
        setting = self.resolver.find(spec, container)
        if setting is not None:
            self.settings[container, spec.key] = setting
        return setting

    def read(self, spec: SettingSpec[Parsed], container: str | None = None) -> Parsed:
        """Parse the effective value. An invalid one is recorded as an error, and reads as if it were not set."""
        setting = self.find(spec, container)
        if setting is None or setting.source is _DEFAULT:
            return spec.absent
        if spec.limits.distinct is not None and self._is_one_too_many(spec, setting, spec.limits.distinct):
            return spec.absent
        try:
            return spec.parse(setting.value, self.compiler)
        except ValueError as error:
            self.add_error(setting.where, setting.value, str(error))
            return spec.absent

    def add_error(self, where: str, value: str, allowed: str) -> None:
        """Record an error, once."""
        self.errors[SettingError(where, value, allowed)] = None

    def _is_one_too_many(self, spec: SettingSpec[Any], setting: Setting, most: int) -> bool:
        values = self._distinct[spec.key]
        if setting.value in values:
            return False
        if len(values) < most:
            values.add(setting.value)
            return False
        allowed = f"the workload has more than {most} different values of {spec.name}: use fewer"
        self.add_error(setting.where, setting.value, allowed)
        return True
