"""From annotations to a policy: what a workload's owner wants, or everything that is wrong with how it is written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Final
from zoneinfo import ZoneInfo

from watch_cluster.domain.images.reference import ImageReference, is_digest, is_tag
from watch_cluster.domain.policy.quarantine import Quarantine
from watch_cluster.domain.policy.rollout_settings import RolloutSettings
from watch_cluster.domain.policy.setting import InvalidConfiguration, Setting, SettingsReader, Source, unknown_keys
from watch_cluster.domain.schedule import Schedule
from watch_cluster.domain.schedule.duration import parse_duration
from watch_cluster.domain.schedule.timezone import parse_timezone
from watch_cluster.domain.schedule.window import Window, parse_windows
from watch_cluster.domain.versions.constraint import Constraint
from watch_cluster.domain.versions.databases import database_of
from watch_cluster.domain.versions.strategy import LatestStrategy, Strategy, VersionStrategy, strategy_named
from watch_cluster.domain.versions.tag_pattern import Compiler, TagPattern, VersionPattern
from watch_cluster.domain.workload import annotation
from watch_cluster.domain.workload.workload import Container, Workload

_BOOLEANS: Final = {"true": True, "false": False}
_ALL_CONTAINERS: Final = "*"


@dataclass(frozen=True, slots=True)
class Target:
    """A container that is kept up to date, and how. `pinned` is whether its image is written with a digest.

    `database` names the database in the image where its owner has not said by which strategy it is followed.
    """

    container: str
    image: ImageReference
    strategy: Strategy
    pinned: bool = False
    database: str | None = None


@dataclass(frozen=True, slots=True)
class Policy:
    """What counts for one watched workload.

    `terms` are those that its rollouts begin with, `quarantine` is what is not to be tried again. `approved` are the
    tags and digests that somebody has approved. `settings` tells where each value comes from.
    """

    schedule: Schedule
    zone: ZoneInfo
    rollout_settings: RolloutSettings
    targets: tuple[Target, ...]
    min_age: timedelta = timedelta()
    windows: tuple[Window, ...] = ()
    notify_only: bool = False
    approval_required: bool = False
    approved: frozenset[str] = frozenset()
    quarantine: Quarantine = field(default_factory=Quarantine)
    settings: tuple[Setting, ...] = field(default=(), repr=False)


def is_opted_in(workload: Workload) -> bool:
    """Whether the owner opted in, or tried to: anything but `false` and an absent annotation is looked at."""
    return workload.annotations.get(annotation.ENABLED, "false") != "false"


@dataclass(frozen=True, slots=True)
class PolicyReader:
    """Reads policies. `compiler` makes matchers of people's regular expressions, `of_controller` are its defaults."""

    compiler: Compiler
    of_controller: Mapping[str, str] = field(default_factory=dict)

    def __call__(self, workload: Workload) -> Policy:
        """Read what counts for the workload. Raises `InvalidConfiguration` with every fault at once."""
        settings = SettingsReader(workload, self.of_controller)
        settings.read(annotation.ENABLED, _boolean)
        schedule = settings.read(annotation.CRON, Schedule.parse)
        zone = settings.read(annotation.TIMEZONE, parse_timezone)
        timeout = settings.read(annotation.ROLLOUT_TIMEOUT, _timeout)
        soak = settings.read(annotation.SOAK, parse_duration)
        rollback = settings.read(annotation.ROLLBACK, _boolean)
        quarantine = settings.read(annotation.QUARANTINE, Quarantine.parse)
        min_age = settings.read(annotation.MIN_AGE, parse_duration)
        windows = settings.read(annotation.WINDOW, parse_windows)
        notify_only = settings.read(annotation.MODE, _mode)
        approval = settings.read(annotation.APPROVAL, _approval)
        approved = settings.read(annotation.APPROVED, _approved)
        targets = [self._target(settings, container) for container in _targeted(settings)]
        settings.faults.update(dict.fromkeys(unknown_keys(workload)))
        complete = tuple(target for target in targets if target is not None)
        rollout_settings = (
            None if timeout is None or soak is None else RolloutSettings(timeout, soak, rollback=rollback is not False)
        )
        if (
            settings.faults
            or schedule is None
            or zone is None
            or rollout_settings is None
            or min_age is None
            or not complete
        ):
            raise InvalidConfiguration(tuple(settings.faults))
        return Policy(
            schedule,
            zone,
            rollout_settings,
            complete,
            min_age,
            windows or (),
            notify_only=bool(notify_only),
            approval_required=bool(approval),
            approved=approved or frozenset(),
            quarantine=quarantine or Quarantine(),
            settings=tuple(settings.settings.values()),
        )

    def check_default(self, key: str, value: str) -> None:
        """See whether the controller may have this default. Raises `ValueError` with what is allowed."""
        parsers: dict[str, Callable[[str], object]] = {
            annotation.CRON: Schedule.parse,
            annotation.TIMEZONE: parse_timezone,
            annotation.ROLLOUT_TIMEOUT: _timeout,
            annotation.SOAK: parse_duration,
            annotation.ROLLBACK: _boolean,
            annotation.MIN_AGE: parse_duration,
            annotation.WINDOW: parse_windows,
            annotation.MODE: _mode,
            annotation.APPROVAL: _approval,
            annotation.CONTAINERS: _container_names,
            annotation.STRATEGY: strategy_named,
            annotation.CONSTRAINT: Constraint.parse,
            annotation.ALLOW_TAGS: self._pattern,
            annotation.IGNORE_TAGS: self._pattern,
            annotation.PRERELEASE: _boolean,
            annotation.VARIANT: parse_variant,
            annotation.TAG_PATTERN: self._version_pattern,
            annotation.BEHIND: parse_behind,
            annotation.PIN: _boolean,
        }
        parsers[key](value)

    def _target(self, settings: SettingsReader, container: Container) -> Target | None:
        name = container.name
        strategy_named_by_owner = partial(
            strategy_named,
            constraint=settings.read(annotation.CONSTRAINT, Constraint.parse, name),
            allow=settings.read(annotation.ALLOW_TAGS, self._pattern, name),
            ignore=settings.read(annotation.IGNORE_TAGS, self._pattern, name),
            prerelease=bool(settings.read(annotation.PRERELEASE, _boolean, name)),
            follow=bool(settings.read(annotation.VARIANT, parse_variant, name)),
            pattern=settings.read(annotation.TAG_PATTERN, self._version_pattern, name),
            behind=settings.read(annotation.BEHIND, parse_behind, name) or 0,
        )
        strategy = settings.read(annotation.STRATEGY, strategy_named_by_owner, name)
        pin = settings.read(annotation.PIN, _boolean, name)
        try:
            image = ImageReference.parse(container.image)
        except ValueError as error:
            settings.fault(f"image of container {name}", container.image, str(error))
            return None
        if strategy is None:
            return None
        latest = isinstance(strategy, LatestStrategy)
        # What was pinned by hand stays pinned.
        pinned = (latest if pin is None else pin) or image.digest is not None
        if latest and not pinned and not container.always_pulled:
            setting = settings.find(annotation.PIN, name)
            cure = f"container {name} must then have imagePullPolicy: Always, else nodes keep what they have"
            settings.fault(annotation.PIN if setting is None else setting.where, "false", cure)
        if isinstance(strategy, VersionStrategy) and (useless := strategy.useless_for(image.effective_tag)) is not None:
            setting = settings.find(annotation.STRATEGY, name)
            if setting is not None:
                settings.fault(setting.where, setting.value, useless)
        named = settings.settings.get((name, annotation.STRATEGY))
        database = None
        if isinstance(strategy, VersionStrategy) and (named is None or named.source is Source.DEFAULT):
            database = database_of(image.repository.path)
        return Target(name, image, strategy, pinned, database)

    def _version_pattern(self, text: str) -> VersionPattern:
        return VersionPattern.parse(text, self.compiler)

    def _pattern(self, text: str) -> TagPattern:
        return TagPattern(text, self.compiler(text))


def _targeted(settings: SettingsReader) -> tuple[Container, ...]:
    """The containers that the owner names; the first one when nobody names any."""
    workload = settings.workload
    plain = tuple(each for each in workload.containers if not each.init)
    if not plain:
        settings.fault("containers", "", "the workload has none, so there is no image to keep up to date")
        return ()
    names = settings.read(annotation.CONTAINERS, _container_names)
    if names is None:
        return plain[:1]
    if names == (_ALL_CONTAINERS,):
        return plain
    by_name = {each.name: each for each in workload.containers}
    setting = settings.find(annotation.CONTAINERS)
    for name in names:
        if name not in by_name and setting is not None:
            allowed = f"there is no container {name!r}: there is {', '.join(by_name)}"
            settings.fault(setting.where, setting.value, allowed)
    return tuple(by_name[name] for name in names if name in by_name)


def _container_names(text: str) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(part.strip() for part in text.split(",")))
    if not all(names) or (_ALL_CONTAINERS in names and len(names) > 1):
        raise ValueError("write names of containers, comma separated, or * for all")
    return names


def _boolean(text: str) -> bool:
    if text not in _BOOLEANS:
        raise ValueError('allowed are "true" and "false"')
    return _BOOLEANS[text]


def parse_variant(text: str) -> bool:
    """Whether later releases of the base in a variant are followed. Raises `ValueError`."""
    if text not in {"same", "follow"}:
        raise ValueError('allowed are "same" and "follow"')
    return text == "follow"


def parse_behind(text: str) -> int:
    """By how many versions to stay behind the newest. Raises `ValueError`."""
    if not text.isascii() or not text.isdecimal() or len(text) > _LONGEST_BEHIND:
        raise ValueError("write how many versions to stay behind the newest, from 0 to 99")
    return int(text)


_LONGEST_BEHIND: Final = 2


def _mode(text: str) -> bool:
    """Whether it only notifies."""
    if text not in {"update", "notify"}:
        raise ValueError('allowed are "update" and "notify"')
    return text == "notify"


def _approval(text: str) -> bool:
    if text != "required":
        raise ValueError('allowed is "required"')
    return True


def _approved(text: str) -> frozenset[str]:
    names = frozenset(part.strip() for part in text.split(","))
    for name in names:
        if not is_tag(name) and not is_digest(name):
            raise ValueError(f"{name!r} is no tag and no digest: write what {annotation.PENDING} says")
    return names


def _timeout(text: str) -> timedelta:
    timeout = parse_duration(text)
    if not timeout:
        raise ValueError("it must be longer than zero")
    return timeout
