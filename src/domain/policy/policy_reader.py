"""Reads what counts for a workload from the settings around it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from watch_cluster.domain.images.reference import ImageReference
from watch_cluster.domain.policy import setting_specs as specs
from watch_cluster.domain.policy.errors import InvalidConfiguration
from watch_cluster.domain.policy.parsers import ALL_CONTAINERS
from watch_cluster.domain.policy.policy import Policy, Target
from watch_cluster.domain.policy.resolver import Resolver
from watch_cluster.domain.policy.rollout_settings import RolloutSettings
from watch_cluster.domain.policy.settings_reader import SettingsReader
from watch_cluster.domain.policy.suggestion import no_such_container
from watch_cluster.domain.policy.unknown_keys import unknown_keys
from watch_cluster.domain.versions.strategy import strategy_named
from watch_cluster.domain.versions.tag_pattern import Compiler
from watch_cluster.domain.workload.workload import Container, Workload


@dataclass(frozen=True, slots=True)
class PolicyReader:
    """Reads policies.

    `compiler` makes matchers of people's regular expressions. `of_controller` are the controller's defaults for
    workloads, by the keys of the annotations.
    """

    compiler: Compiler
    of_controller: Mapping[str, str] = field(default_factory=dict)

    def __call__(self, workload: Workload) -> Policy:
        """Read what counts for the workload. Raises `InvalidConfiguration` with every fault at once."""
        settings = SettingsReader(Resolver(workload, self.of_controller), self.compiler)
        settings.read(specs.ENABLED)
        settings.read(specs.CHECK_NOW)
        settings.read(specs.FREEZE)
        policy = Policy(
            schedule=settings.read(specs.CRON),
            zone=settings.read(specs.TIMEZONE),
            rollout_settings=RolloutSettings(
                settings.read(specs.ROLLOUT_TIMEOUT),
                settings.read(specs.SOAK),
                rollback=settings.read(specs.ROLLBACK),
            ),
            quarantine=settings.read(specs.QUARANTINE),
            min_age=settings.read(specs.MIN_AGE),
            windows=settings.read(specs.WINDOW),
            notify_only=settings.read(specs.MODE),
            approval_required=settings.read(specs.APPROVAL),
            approved=settings.read(specs.APPROVED),
            targets=_targets(settings),
            settings=tuple(settings.settings.values()),
        )
        settings.faults.update(dict.fromkeys(unknown_keys(workload)))
        if settings.faults:
            raise InvalidConfiguration(tuple(settings.faults))
        return policy

    def check_default(self, key: str, value: str) -> None:
        """See whether the controller may have this default. Raises `ValueError` with what is allowed."""
        specs.SPECS[key].parse(value, self.compiler)


def _targets(settings: SettingsReader) -> tuple[Target, ...]:
    """Read the settings of each container that is kept up to date, and note the faults."""
    targets = [_target(settings, container) for container in _targeted(settings)]
    return tuple(target for target in targets if target is not None)


def _target(settings: SettingsReader, container: Container) -> Target | None:
    name = container.name
    constraint = settings.read(specs.CONSTRAINT, name)
    allow = settings.read(specs.ALLOW_TAGS, name)
    ignore = settings.read(specs.IGNORE_TAGS, name)
    prerelease = settings.read(specs.PRERELEASE, name)
    strategy = strategy_named(
        settings.read(specs.STRATEGY, name), constraint=constraint, allow=allow, ignore=ignore, prerelease=prerelease
    )
    pin = settings.read(specs.PIN, name)
    try:
        image = ImageReference.parse(container.image)
    except ValueError as error:
        settings.fault(f"image of container {name}", container.image, str(error))
        return None
    # What was pinned by hand stays pinned.
    pinned = (strategy.follows_digest if pin is None else pin) or image.digest is not None
    if strategy.follows_digest and not pinned and not container.always_pulled:
        setting = settings.find(specs.PIN, name)
        remedy = f"container {name} must then have imagePullPolicy: Always, else nodes keep what they have"
        settings.fault(specs.PIN.key if setting is None else setting.where, "false", remedy)
    return Target(name, image, strategy, pinned)


def _targeted(settings: SettingsReader) -> tuple[Container, ...]:
    """The containers that the owner names; the first one when nobody names any."""
    plain = tuple(each for each in settings.workload.containers if not each.init)
    if not plain:
        settings.fault("containers", "", "the workload has none, so there is no image to keep up to date")
        return ()
    names = settings.read(specs.CONTAINERS)
    if names is None:
        return plain[:1]
    return _all(settings, plain) if names == (ALL_CONTAINERS,) else _named(settings, names)


def _all(settings: SettingsReader, containers: tuple[Container, ...]) -> tuple[Container, ...]:
    most = specs.CONTAINERS.limits.entries
    if most is not None and len(containers) > most:
        _fault_of_containers(settings, f"these are {len(containers)} containers: name at most {most}")
    return containers[:most]


def _named(settings: SettingsReader, names: tuple[str, ...]) -> tuple[Container, ...]:
    by_name = {each.name: each for each in settings.workload.containers}
    for name in names:
        if name not in by_name:
            _fault_of_containers(settings, no_such_container(name, by_name))
    return tuple(by_name[name] for name in names if name in by_name)


def _fault_of_containers(settings: SettingsReader, allowed: str) -> None:
    setting = settings.find(specs.CONTAINERS)
    if setting is not None:
        settings.fault(setting.where, setting.value, allowed)
