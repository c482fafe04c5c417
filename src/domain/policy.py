"""From annotations to settings: what a workload's owner wants, or everything that is wrong with how it is written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import Final, TypeVar
from zoneinfo import ZoneInfo

from watch_cluster.domain import annotation
from watch_cluster.domain.duration import parse_duration
from watch_cluster.domain.image import ImageReference
from watch_cluster.domain.schedule import Schedule
from watch_cluster.domain.strategy import LatestStrategy, Strategy, strategy_named
from watch_cluster.domain.workload import Workload

DEFAULT_CRON: Final = "0 */5 * * * ?"
DEFAULT_STRATEGY: Final = "version"
DEFAULT_TIMEZONE: Final = "UTC"
DEFAULT_ROLLOUT_TIMEOUT: Final = "10m"

_BOOLEANS: Final = {"true": True, "false": False}
_Setting = TypeVar("_Setting")


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong: where it stands, what stands there, and what would be right."""

    where: str
    value: str
    allowed: str

    def __str__(self) -> str:
        quoted = "" if repr(self.value) in self.allowed else f"{self.value!r} is not valid, "
        return f"{self.where}: {quoted}{self.allowed}"


class InvalidConfiguration(ValueError):  # noqa: N818 - the name of the Event that tells it
    """The workload cannot be updated as it is written; all faults together."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        """Join the faults to one line."""
        super().__init__("; ".join(str(fault) for fault in faults))
        self.faults = faults


@dataclass(frozen=True, slots=True)
class Target:
    """A container that is kept up to date, and how. `pinned` is whether its image is written with a digest."""

    container: str
    image: ImageReference
    strategy: Strategy
    pinned: bool = False


@dataclass(frozen=True, slots=True)
class Policy:
    """The settings of one watched workload. `rollout_timeout` is the longest time without progress."""

    schedule: Schedule
    zone: ZoneInfo
    rollout_timeout: timedelta
    targets: tuple[Target, ...]


def wants_watching(workload: Workload) -> bool:
    """Whether the owner opted in, or tried to: anything but `false` and an absent annotation is looked at."""
    return workload.annotations.get(annotation.ENABLED, "false") != "false"


def read_policy(workload: Workload) -> Policy:
    """Read the workload's annotations and images.

    Raises `InvalidConfiguration` with every fault at once. An unknown key under our domain is a fault: whoever
    misspells `strategy` must not get the default strategy at night.
    """
    faults: list[Fault] = []

    def read(key: str, default: str, parse: Callable[[str], _Setting]) -> _Setting | None:
        value = workload.annotations.get(key, default)
        try:
            return parse(value)
        except ValueError as error:
            faults.append(Fault(key, value, str(error)))
            return None

    read(annotation.ENABLED, "true", _parse_boolean)
    schedule = read(annotation.CRON, DEFAULT_CRON, Schedule.parse)
    zone = read(annotation.TIMEZONE, DEFAULT_TIMEZONE, _parse_timezone)
    strategy = read(annotation.STRATEGY, DEFAULT_STRATEGY, strategy_named)
    pin = read(annotation.PIN, "true" if isinstance(strategy, LatestStrategy) else "false", _parse_boolean)
    timeout = read(annotation.ROLLOUT_TIMEOUT, DEFAULT_ROLLOUT_TIMEOUT, _parse_timeout)
    faults.extend(
        Fault(key, workload.annotations[key], f"there is no such setting: known are {_known_keys()}")
        for key in sorted(workload.annotations.keys() - annotation.READ - annotation.WRITTEN)
    )

    image: ImageReference | None = None
    if not workload.containers:
        faults.append(Fault("containers", "", "the workload has none, so there is no image to keep up to date"))
    else:
        first = workload.containers[0]
        try:
            image = ImageReference.parse(first.image)
        except ValueError as error:
            faults.append(Fault(f"image of container {first.name}", first.image, str(error)))
        else:
            # What was pinned by hand stays pinned.
            pin = pin or image.digest is not None
            if not (pin or first.always_pulled) and isinstance(strategy, LatestStrategy):
                cure = f"container {first.name} must then have imagePullPolicy: Always, else nodes keep what they have"
                faults.append(Fault(annotation.PIN, "false", cure))

    if faults or schedule is None or zone is None or strategy is None or timeout is None or image is None:
        raise InvalidConfiguration(tuple(faults))
    return Policy(schedule, zone, timeout, (Target(workload.containers[0].name, image, strategy, bool(pin)),))


def _known_keys() -> str:
    return ", ".join(key.partition("/")[2] for key in sorted(annotation.READ))


def _parse_boolean(text: str) -> bool:
    if text not in _BOOLEANS:
        raise ValueError('allowed are "true" and "false"')
    return _BOOLEANS[text]


def _parse_timeout(text: str) -> timedelta:
    timeout = parse_duration(text)
    if not timeout:
        raise ValueError("it must be longer than zero")
    return timeout


@lru_cache(maxsize=1024)
def _parse_timezone(text: str) -> ZoneInfo:
    try:
        return ZoneInfo(text)
    except (KeyError, OSError, ValueError):
        raise ValueError(
            "write a name of the IANA time zone database, such as UTC, Asia/Seoul or Europe/Berlin"
        ) from None
