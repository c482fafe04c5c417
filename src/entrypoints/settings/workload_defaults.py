"""The `DEFAULT_…` variables: the controller's defaults for workloads, derived from the table of settings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any, Final

from watch_cluster.adapters.re2.tag_patterns import compile_tag_pattern
from watch_cluster.domain.policy.caps import Caps
from watch_cluster.domain.policy.errors import SettingError
from watch_cluster.domain.policy.setting_specs import SPECS, SettingSpec, Source
from watch_cluster.domain.schedule.duration import InvalidDuration, describe_duration, parse_duration

DEFAULT_VARIABLES: Final[Mapping[str, SettingSpec[Any]]] = {
    f"DEFAULT_{spec.name.replace('-', '_').upper()}": spec
    for spec in SPECS.values()
    if Source.CONTROLLER in spec.scopes
}
"""The settings by variable name, in the order of the table."""


def read_defaults(given: Mapping[str, str]) -> dict[str, str]:
    """Return the given defaults by annotation key."""
    return {spec.key: given[name] for name, spec in DEFAULT_VARIABLES.items() if name in given}


def invalid_defaults(given: Mapping[str, str]) -> Iterator[str]:
    """Yield one line for each invalid default."""
    for name, spec in DEFAULT_VARIABLES.items():
        if name in given:
            try:
                spec.parse(given[name], compile_tag_pattern)
            except ValueError as error:
                yield str(SettingError(name, given[name], str(error)))


def defaults_beyond_caps(given: Mapping[str, str], caps: Caps) -> Iterator[str]:
    """Yield one line for each valid default that is longer than what the controller allows to workloads."""
    limits = (
        ("DEFAULT_ROLLOUT_TIMEOUT", caps.rollout_timeout, "MAX_ROLLOUT_TIMEOUT"),
        ("DEFAULT_SOAK", caps.soak, "MAX_SOAK"),
    )
    for name, most, variable in limits:
        duration = _duration_of(given.get(name, "0"))
        if duration > most:
            allowed = f"at most {describe_duration(most)} is allowed ({variable})"
            yield str(SettingError(name, given[name], allowed))


def _duration_of(text: str) -> timedelta:
    try:
        return parse_duration(text)
    except InvalidDuration:
        return timedelta()
