"""The table of all settings, one row each.

The annotations of workloads, containers and namespaces, the controller's `DEFAULT_…` variables, limits, suggestions for
misspelled names and the documented defaults follow from it. A new setting is one row here, and its use.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any, Final, Generic, TypeVar
from zoneinfo import ZoneInfo

from watch_cluster.domain.policy import quarantine
from watch_cluster.domain.policy.quarantine import Quarantine
from watch_cluster.domain.policy.values import predecessor
from watch_cluster.domain.policy.values.channels import MAX_CHANNELS, parse_channels
from watch_cluster.domain.policy.values.limits import Limits
from watch_cluster.domain.policy.values.parsers import (
    choice,
    parse_approved,
    parse_behind,
    parse_container_names,
    parse_flag,
    parse_text,
    parse_timeout,
)
from watch_cluster.domain.policy.values.predecessor import Predecessor, parse_predecessors
from watch_cluster.domain.policy.values.verification import SecretKeyRef
from watch_cluster.domain.policy.values.write_back import parse_field, parse_path
from watch_cluster.domain.schedule import Schedule
from watch_cluster.domain.schedule.duration import parse_duration
from watch_cluster.domain.schedule.timezone import parse_timezone
from watch_cluster.domain.schedule.window import Window, parse_windows
from watch_cluster.domain.versions import strategy
from watch_cluster.domain.versions.constraint import Constraint
from watch_cluster.domain.versions.tag_pattern import Compiler, TagPattern, VersionPattern
from watch_cluster.domain.workload import annotation

Parsed = TypeVar("Parsed")
Absent = TypeVar("Absent")


class Source(StrEnum):
    """Where a value is set, in order of precedence; `DEFAULT` is the table itself."""

    CONTAINER = "container"
    WORKLOAD = "workload"
    NAMESPACE = "namespace"
    CONTROLLER = "controller"
    DEFAULT = "default"


EVERYWHERE: Final = (Source.CONTAINER, Source.WORKLOAD, Source.NAMESPACE, Source.CONTROLLER)
NOT_ON_CONTAINERS: Final = (Source.WORKLOAD, Source.NAMESPACE, Source.CONTROLLER)
_OF_OWNERS: Final = (Source.WORKLOAD, Source.NAMESPACE)
ON_WORKLOADS: Final = (Source.WORKLOAD,)
ON_NAMESPACES: Final = (Source.NAMESPACE,)


@dataclass(frozen=True, slots=True)
class SettingSpec(Generic[Parsed]):
    """One setting. `key` is its annotation, `scopes` are the places where it can be set, in order of precedence.

    `parser` reads a text within the limits, and raises `ValueError` with what is allowed. If the setting is not set,
    its value is `absent`, and `default` is the same as text, None if there is no such text. `written` is whether
    Watch-Cluster writes the annotation, too.
    """

    key: str
    parser: Callable[[str, Compiler], Parsed]
    default: str | None
    absent: Parsed
    scopes: tuple[Source, ...]
    limits: Limits
    written: bool = False

    @property
    def name(self) -> str:
        """The key without its domain: `min-age`."""
        return annotation.short(self.key)

    def parse(self, text: str, compiler: Compiler) -> Parsed:
        """Check the limits and parse the value. Raises `ValueError` with what is allowed."""
        self.limits.check(text)
        return self.parser(text, compiler)


def _setting(
    key: str,
    parse: Callable[[str], Parsed],
    default: str,
    scopes: tuple[Source, ...] = NOT_ON_CONTAINERS,
    limits: Limits = Limits(),  # noqa: B008 - it is frozen
) -> SettingSpec[Parsed]:
    """A setting with a default."""
    return SettingSpec(key, lambda text, _: parse(text), default, parse(default), scopes, limits)


def _optional(
    key: str,
    parse: Callable[[str], Parsed],
    absent: Absent,
    scopes: tuple[Source, ...] = NOT_ON_CONTAINERS,
    limits: Limits = Limits(),  # noqa: B008 - it is frozen
    *,
    written: bool = False,
) -> SettingSpec[Parsed | Absent]:
    """A setting without a default."""
    return SettingSpec(key, lambda text, _: parse(text), None, absent, scopes, limits, written)


def _pattern(key: str) -> SettingSpec[TagPattern | None]:
    """A regular expression over tags; each takes memory once it is compiled, so few are allowed."""
    limits = Limits(512, distinct=10)
    return SettingSpec(key, lambda text, compiler: TagPattern(text, compiler(text)), None, None, EVERYWHERE, limits)


_DURATION: Final = Limits(32)
_STRATEGIES: Final = {name: name for name in strategy.NAMES}
_MODES: Final = {"update": False, "notify": True}

ENABLED: Final = _optional(annotation.ENABLED, parse_flag, absent=False, scopes=ON_WORKLOADS)
CRON: Final = _setting(annotation.CRON, Schedule.parse, "0 */5 * * * ?", limits=Limits(256))
TIMEZONE: Final[SettingSpec[ZoneInfo]] = _setting(annotation.TIMEZONE, parse_timezone, "UTC")
STRATEGY: Final = _setting(annotation.STRATEGY, choice(_STRATEGIES), "version", EVERYWHERE)
CONSTRAINT: Final = _optional(annotation.CONSTRAINT, Constraint.parse, None, EVERYWHERE, Limits(256))
ALLOW_TAGS: Final = _pattern(annotation.ALLOW_TAGS)
IGNORE_TAGS: Final = _pattern(annotation.IGNORE_TAGS)
PRERELEASE: Final = _setting(annotation.PRERELEASE, parse_flag, "false", EVERYWHERE)
VARIANT: Final = _setting(annotation.VARIANT, choice({"same": False, "follow": True}), "same", EVERYWHERE)
TAG_PATTERN: Final[SettingSpec[VersionPattern | None]] = SettingSpec(
    annotation.TAG_PATTERN, VersionPattern.parse, None, None, EVERYWHERE, Limits(512, distinct=10)
)
BEHIND: Final = _setting(annotation.BEHIND, parse_behind, "0", EVERYWHERE)
PIN: Final = _optional(annotation.PIN, parse_flag, None, EVERYWHERE)
MIN_AGE: Final[SettingSpec[timedelta]] = _setting(annotation.MIN_AGE, parse_duration, "0", limits=_DURATION)
_NO_PREDECESSORS: tuple[Predecessor, ...] = ()
AFTER: Final = _optional(annotation.AFTER, parse_predecessors, _NO_PREDECESSORS, ON_WORKLOADS, predecessor.LIMITS)
VERIFY: Final = _optional(annotation.VERIFY, choice({"required": True}), absent=False, scopes=_OF_OWNERS)
VERIFY_KEY: Final = _optional(annotation.VERIFY_KEY, SecretKeyRef.parse, None, _OF_OWNERS, Limits(512))
CONTAINERS: Final = _optional(
    annotation.CONTAINERS, parse_container_names, None, limits=Limits(4096, entries=50, noun="containers")
)
_NO_WINDOWS: tuple[Window, ...] = ()
WINDOW: Final = _optional(
    annotation.WINDOW, parse_windows, _NO_WINDOWS, limits=Limits(4096, entries=20, separator=";", noun="windows")
)
MODE: Final = _setting(annotation.MODE, choice(_MODES), "update")
APPROVAL: Final = _optional(annotation.APPROVAL, choice({"required": True}), absent=False)
_NOTHING_APPROVED: frozenset[str] = frozenset()
APPROVED: Final = _optional(
    annotation.APPROVED,
    parse_approved,
    _NOTHING_APPROVED,
    ON_WORKLOADS,
    Limits(4096, entries=20, noun="tags and digests"),
)
ROLLOUT_TIMEOUT: Final = _setting(annotation.ROLLOUT_TIMEOUT, parse_timeout, "10m", limits=_DURATION)
SOAK: Final = _setting(annotation.SOAK, parse_duration, "30s", limits=_DURATION)
ROLLBACK: Final = _setting(annotation.ROLLBACK, parse_flag, "true")
GITOPS: Final = _optional(annotation.GITOPS, choice({"ignore": True}), absent=False)
WRITE_BACK: Final = _optional(annotation.WRITE_BACK, choice({"git": True}), absent=False)
GIT_PATH: Final = _optional(annotation.GIT_PATH, parse_path, None, limits=Limits(1024))
GIT_FIELD: Final = _optional(annotation.GIT_FIELD, parse_field, None, EVERYWHERE, Limits(512))
PROPOSAL_TIMEOUT: Final = _setting(annotation.PROPOSAL_TIMEOUT, parse_timeout, "24h", limits=_DURATION)
_NO_CHANNELS: tuple[str, ...] = ()
NOTIFY: Final = _optional(
    annotation.NOTIFY, parse_channels, _NO_CHANNELS, limits=Limits(1024, entries=MAX_CHANNELS, noun="channels")
)
CHECK_NOW: Final = _optional(annotation.CHECK_NOW, parse_text, None, ON_WORKLOADS, Limits(256))
FREEZE: Final = _optional(annotation.FREEZE, parse_text, None, ON_NAMESPACES, Limits(1024))
QUARANTINE: Final = _optional(
    annotation.QUARANTINE,
    Quarantine.parse,
    Quarantine(),
    ON_WORKLOADS,
    quarantine.LIMITS,
    written=True,
)

# Every row above is in the table: a new one needs no second entry.
SPECS: Final[Mapping[str, SettingSpec[Any]]] = {
    spec.key: spec for spec in tuple(globals().values()) if isinstance(spec, SettingSpec)
}
"""All settings by key, in the order of the documentation."""


def keys_in(scope: Source) -> frozenset[str]:
    """Return the keys that users can set in that place."""
    return frozenset(key for key, spec in SPECS.items() if scope in spec.scopes and not spec.written)


CONTAINER_KEYS: Final = keys_in(Source.CONTAINER)
"""Settings that can be set per container, such as `sidecar.watch-cluster.io/strategy`."""
WORKLOAD_KEYS: Final = keys_in(Source.WORKLOAD)
NAMESPACE_KEYS: Final = keys_in(Source.NAMESPACE)
CONTROLLER_KEYS: Final = keys_in(Source.CONTROLLER)
