"""The controller's defaults for workloads: a `DEFAULT_…` variable for each setting of the table that allows one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from watch_cluster.adapters.re2.tag_patterns import compile_tag_pattern
from watch_cluster.domain.policy.errors import SettingError
from watch_cluster.domain.policy.setting_specs import SPECS, SettingSpec, Source

DEFAULT_VARIABLES: Final[Mapping[str, SettingSpec[Any]]] = {
    f"DEFAULT_{spec.name.replace('-', '_').upper()}": spec
    for spec in SPECS.values()
    if Source.CONTROLLER in spec.scopes
}
"""The settings by the names of their variables, in the order of the table."""


def read_defaults(given: Mapping[str, str]) -> dict[str, str]:
    """Take the defaults out of what is given by variable, and give them by annotation key."""
    return {spec.key: given[name] for name, spec in DEFAULT_VARIABLES.items() if name in given}


def faulty_defaults(given: Mapping[str, str]) -> Iterator[str]:
    """One line for each default that no workload could use."""
    for name, spec in DEFAULT_VARIABLES.items():
        if name in given:
            try:
                spec.parse(given[name], compile_tag_pattern)
            except ValueError as error:
                yield str(SettingError(name, given[name], str(error)))
