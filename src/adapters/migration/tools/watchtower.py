"""Watchtower: labels on containers, and variables and arguments of Watchtower itself.

Source: https://containrrr.dev/watchtower/container-selection/ and https://containrrr.dev/watchtower/arguments/
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Final

from watch_cluster.adapters.migration.docker_labels import labelled
from watch_cluster.adapters.migration.documents import Documents, Service, repository_of
from watch_cluster.adapters.migration.rules import Outcome, Place, Rule, Subject, becomes, nothing, variable
from watch_cluster.adapters.migration.schedules import every, schedule_of

_LABEL: Final = "com.centurylinklabs.watchtower"
_VARIABLE: Final = "WATCHTOWER_"
_OPT_IN: Final = "containers without a label are not updated: label each"
_NAMES: Final = "names of containers"
_SHORT: Final = {"c": "cleanup", "e": "label-enable", "i": "interval", "m": "monitor-only", "s": "schedule"}
_OWN_NAMES: Final = {
    "INTERVAL": "POLL_INTERVAL",
    "STOP_TIMEOUT": "TIMEOUT",
    "ENABLE_LIFECYCLE_HOOKS": "LIFECYCLE_HOOKS",
}
"""The variables that are not named like their arguments."""
_WITH_VALUE: Final = ("POLL_INTERVAL", "SCHEDULE", "SCOPE", "TIMEOUT", "NOTIFICATION", "HTTP_API_TOKEN")


def _enable(value: str, _subject: Subject) -> Outcome:
    return becomes(strategy="latest") if value == "true" else becomes(enabled="false")


def _monitor_only(value: str, _subject: Subject) -> Outcome:
    return becomes(strategy="latest", mode="notify") if value == "true" else Outcome()


def _schedule(value: str, _subject: Subject) -> Outcome:
    schedule = schedule_of(value)
    if schedule is None:
        return Outcome(notes=(f"no cron expression fires like {value!r}",))
    return Outcome(variables={"DEFAULT_CRON": schedule})


def _poll_interval(value: str, _subject: Subject) -> Outcome:
    schedule = every(timedelta(seconds=int(value))) if value.isascii() and value.isdigit() else None
    if schedule is None:
        return Outcome(notes=(f"no cron expression fires each {value} seconds",))
    return Outcome(variables={"DEFAULT_CRON": schedule})


def _notify(value: str, _subject: Subject) -> Outcome:
    return Outcome(variables={"DEFAULT_MODE": "notify"}) if value == "true" else Outcome()


RULES: Final[Mapping[str, Rule]] = {
    f"{_LABEL}.enable": _enable,
    f"{_LABEL}.monitor-only": _monitor_only,
    f"{_LABEL}.no-pull": nothing("no equal: an image that is newer is pulled"),
    f"{_LABEL}.scope": nothing("set WATCH_NAMESPACES to the names of Compose projects"),
    f"{_LABEL}.depends-on": nothing("set depends_on in the Compose file"),
    f"{_LABEL}.stop-signal": nothing("set stop_signal in the Compose file; it is used"),
    f"{_LABEL}.lifecycle.*": nothing("no equal: no commands are run in containers"),
    _LABEL: nothing(),
    "WATCHTOWER_SCHEDULE": _schedule,
    "WATCHTOWER_POLL_INTERVAL": _poll_interval,
    "WATCHTOWER_MONITOR_ONLY": _notify,
    "WATCHTOWER_CLEANUP": variable("CLEANUP_IMAGES"),
    "WATCHTOWER_LABEL_ENABLE": lambda value, _: Outcome() if value == "true" else Outcome(notes=(_OPT_IN,)),
    "WATCHTOWER_INCLUDE_STOPPED": nothing("not needed: a stopped container is updated and stays stopped"),
    "WATCHTOWER_REVIVE_STOPPED": nothing("no equal: a stopped container stays stopped"),
    "WATCHTOWER_ROLLING_RESTART": nothing("not needed: containers of a service are replaced one by one"),
    "WATCHTOWER_TIMEOUT": nothing("set stop_grace_period in the Compose file"),
    "WATCHTOWER_SCOPE": nothing("set WATCH_NAMESPACES to the names of Compose projects"),
    "WATCHTOWER_REMOVE_VOLUMES": nothing("no equal: volumes are never removed"),
    "WATCHTOWER_HTTP_API_METRICS": nothing("set HEALTH_PORT, then GET /metrics"),
    "WATCHTOWER_HTTP_API*": nothing("no equal"),
    "WATCHTOWER_NOTIFICATION*": nothing("make a channel in NOTIFICATIONS, or set WEBHOOK_URL"),
    "WATCHTOWER_LIFECYCLE_HOOKS": nothing("no equal: no commands are run in containers"),
    "WATCHTOWER_*": nothing("no equal"),
    _NAMES: lambda value, _: Outcome(notes=(f"Watchtower updates {value} alone: label no others",)),
}
EXAMPLES: Final = (
    (f"{_LABEL}.enable", "true"),
    (f"{_LABEL}.enable", "false"),
    (f"{_LABEL}.monitor-only", "true"),
    (f"{_LABEL}.no-pull", "true"),
    (f"{_LABEL}.scope", "team"),
    (f"{_LABEL}.depends-on", "db"),
    (f"{_LABEL}.lifecycle.pre-update", "/dump.sh"),
    ("WATCHTOWER_SCHEDULE", "0 0 4 * * *"),
    ("WATCHTOWER_POLL_INTERVAL", "300"),
    ("WATCHTOWER_MONITOR_ONLY", "true"),
    ("WATCHTOWER_CLEANUP", "true"),
    ("WATCHTOWER_LABEL_ENABLE", "false"),
    (_NAMES, "web"),
    ("WATCHTOWER_NOTIFICATION_URL", "slack://…"),
)


def find(documents: Documents) -> Iterator[Subject]:
    """The containers with labels, and Watchtower itself."""
    yield from labelled(documents, _LABEL)
    for service in documents.services():
        settings = {key: value for key, value in service.environment.items() if key.startswith(_VARIABLE)}
        if _is_watchtower(service):
            settings = {f"{_VARIABLE}LABEL_ENABLE": "false"} | settings | _arguments(service.arguments)
        if settings:
            yield Subject(f"the tool itself (service {service.name})", settings, place=Place.UNKNOWN)


def _is_watchtower(service: Service) -> bool:
    repository = repository_of(service.image)
    return repository is not None and repository.path.endswith("/watchtower")


def _arguments(words: Sequence[str]) -> dict[str, str]:
    """The arguments as variables, and the names of containers, which follow them."""
    settings: dict[str, str] = {}
    names: list[str] = []
    rest = iter(words)
    for word in rest:
        if not word.startswith("-"):
            names.append(word)
            continue
        name, given, value = word.lstrip("-").partition("=")
        variable = _SHORT.get(name, name).upper().replace("-", "_")
        variable = _OWN_NAMES.get(variable, variable)
        settings[f"{_VARIABLE}{variable}"] = value if given else _value(variable, rest)
    return settings | ({_NAMES: ", ".join(names)} if names else {})


def _value(variable: str, rest: Iterator[str]) -> str:
    return next(rest, "") if variable.startswith(_WITH_VALUE) else "true"
