"""Reads the settings of one workload, and collects every fault on the way."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from watch_cluster.domain.policy.errors import SettingError
from watch_cluster.domain.policy.resolver import Setting, resolve
from watch_cluster.domain.policy.setting_specs import SettingSpec
from watch_cluster.domain.versions.tag_pattern import Compiler
from watch_cluster.domain.workload.workload import Workload

Parsed = TypeVar("Parsed")


@dataclass(slots=True)
class SettingsReader:
    """`settings` are the values that count, by container and key; `faults` holds each fault once, in order."""

    workload: Workload
    of_controller: Mapping[str, str]
    compiler: Compiler
    settings: dict[tuple[str | None, str], Setting] = field(default_factory=dict)
    faults: dict[SettingError, None] = field(default_factory=dict)
    _distinct: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    def find(self, spec: SettingSpec[Any], container: str | None = None) -> Setting | None:
        """The value that counts, None when nobody sets it and it has no default."""
        setting = resolve(spec, self.workload, self.of_controller, container)
        if setting is not None:
            self.settings[container, spec.key] = setting
        return setting

    def read(self, spec: SettingSpec[Parsed], container: str | None = None) -> Parsed:
        """Parse the value that counts. What cannot be used becomes a fault and reads as if nobody had set it."""
        setting = self.find(spec, container)
        if setting is None or self._is_one_too_many(spec, setting):
            return spec.absent
        try:
            return spec.parse(setting.value, self.compiler)
        except ValueError as error:
            self.fault(setting.where, setting.value, str(error))
            return spec.absent

    def fault(self, where: str, value: str, allowed: str) -> None:
        """Note a fault, once."""
        self.faults[SettingError(where, value, allowed)] = None

    def _is_one_too_many(self, spec: SettingSpec[Any], setting: Setting) -> bool:
        if spec.limits.distinct is None:
            return False
        values = self._distinct[spec.key]
        if setting.value in values:
            return False
        if len(values) < spec.limits.distinct:
            values.add(setting.value)
            return False
        allowed = f"the workload has more than {spec.limits.distinct} different values of {spec.name}: write fewer"
        self.fault(setting.where, setting.value, allowed)
        return True
