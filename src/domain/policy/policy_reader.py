"""Reads the policy of a workload."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta

from watch_cluster.domain.images.reference import ImageReference
from watch_cluster.domain.policy import setting_specs as specs
from watch_cluster.domain.policy.caps import Caps
from watch_cluster.domain.policy.errors import InvalidConfiguration
from watch_cluster.domain.policy.policy import Policy, Target
from watch_cluster.domain.policy.resolver import Resolver
from watch_cluster.domain.policy.rollout_settings import RolloutSettings
from watch_cluster.domain.policy.setting_specs import SettingSpec, Source
from watch_cluster.domain.policy.settings_reader import SettingsReader
from watch_cluster.domain.policy.unknown_keys import unknown_keys
from watch_cluster.domain.policy.values.parsers import ALL_CONTAINERS
from watch_cluster.domain.policy.values.predecessor import Predecessor, kind_named
from watch_cluster.domain.policy.values.suggestion import no_such_container
from watch_cluster.domain.policy.values.write_back import WriteBack
from watch_cluster.domain.schedule.duration import describe_duration
from watch_cluster.domain.versions.databases import database_of
from watch_cluster.domain.versions.strategy import Strategy, strategy_named
from watch_cluster.domain.versions.tag_pattern import Compiler
from watch_cluster.domain.workload.workload import Container, Workload


@dataclass(frozen=True, slots=True)
class PolicyReader:
    """Reads policies.

    `compiler` compiles tag patterns. `of_controller` are the controller's defaults for workloads, by annotation key.
    `always_pull` is what the orchestrator calls an image that is pulled at every start. `caps` are its operator's.
    `kind_aliases` maps further names of kinds in lower case to the name of the kind.
    """

    compiler: Compiler
    of_controller: Mapping[str, str] = field(default_factory=dict)
    always_pull: str = "an image that is pulled at every start"
    caps: Caps = field(default_factory=Caps)
    kind_aliases: Mapping[str, str] = field(default_factory=dict)

    def __call__(self, workload: Workload) -> Policy:
        """Return the policy of the workload. Raises `InvalidConfiguration` with all errors."""
        settings = SettingsReader(Resolver(workload, self.of_controller), self.compiler)
        settings.read(specs.ENABLED)
        settings.read(specs.CHECK_NOW)
        settings.read(specs.FREEZE)
        settings.read(specs.NOTIFY)
        policy = Policy(
            schedule=settings.read(specs.CRON),
            zone=settings.read(specs.TIMEZONE),
            rollout_settings=RolloutSettings(
                _capped(settings, specs.ROLLOUT_TIMEOUT, self.caps.rollout_timeout, "MAX_ROLLOUT_TIMEOUT"),
                _capped(settings, specs.SOAK, self.caps.soak, "MAX_SOAK"),
                rollback=settings.read(specs.ROLLBACK),
            ),
            quarantine=settings.read(specs.QUARANTINE),
            min_age=settings.read(specs.MIN_AGE),
            after=self._predecessors(settings),
            verify=settings.read(specs.VERIFY),
            verify_key=settings.read(specs.VERIFY_KEY),
            windows=settings.read(specs.WINDOW),
            notify_only=settings.read(specs.MODE),
            approval_required=settings.read(specs.APPROVAL),
            approved=settings.read(specs.APPROVED),
            ignores_gitops=settings.read(specs.GITOPS),
            targets=(targets := _targets(settings, self.always_pull)),
            write_back=_write_back(settings, targets),
            settings=tuple(settings.settings.values()),
        )
        settings.errors.update(dict.fromkeys(unknown_keys(workload)))
        if settings.errors:
            raise InvalidConfiguration(tuple(settings.errors))
        return policy

    def _predecessors(self, settings: SettingsReader) -> tuple[Predecessor, ...]:
        own, setting = settings.workload.key, settings.find(specs.AFTER)
        found = tuple(
            replace(each, key=each.key._replace(kind=kind_named(each.key.kind, self.kind_aliases)))
            for each in settings.read(specs.AFTER)
        )
        for each in found:
            if setting is None:
                break
            if each.key == own:
                allowed = "a workload cannot come after itself: name another one"
                settings.add_error(setting.where, setting.value, allowed)
            elif each.key.namespace != own.namespace and not self.caps.after_other_namespaces:
                allowed = "only workloads of the own namespace are allowed (AFTER_OTHER_NAMESPACES)"
                settings.add_error(setting.where, setting.value, allowed)
        return found


def _capped(settings: SettingsReader, spec: SettingSpec[timedelta], most: timedelta, variable: str) -> timedelta:
    """Read a duration that the operator limits; the default is never more than that."""
    duration = settings.read(spec)
    setting = settings.find(spec)
    if duration > most and setting is not None and setting.source is not Source.DEFAULT:
        settings.add_error(setting.where, setting.value, f"at most {describe_duration(most)} is allowed ({variable})")
    return min(duration, most)


def _write_back(settings: SettingsReader, targets: tuple[Target, ...]) -> WriteBack | None:
    """Read where images are proposed; None when they are set on the workload itself."""
    wanted, path = settings.read(specs.WRITE_BACK), settings.read(specs.GIT_PATH)
    timeout = settings.read(specs.PROPOSAL_TIMEOUT)
    fields = tuple((each.container, settings.read(specs.GIT_FIELD, each.container)) for each in targets)
    setting = settings.find(specs.WRITE_BACK)
    if not wanted or setting is None:
        return None
    if path is None:
        if settings.find(specs.GIT_PATH) is None:
            settings.add_error(setting.where, setting.value, f"{specs.GIT_PATH.key} must say where: REPOSITORY//FOLDER")
        return None
    return WriteBack(path, timeout, tuple((name, field) for name, field in fields if field is not None))


def _targets(settings: SettingsReader, always_pull: str) -> tuple[Target, ...]:
    """Read the settings of each watched container."""
    targets = [_target(settings, container, always_pull) for container in _targeted(settings)]
    return tuple(target for target in targets if target is not None)


def _target(settings: SettingsReader, container: Container, always_pull: str) -> Target | None:
    name = container.name
    constraint = settings.read(specs.CONSTRAINT, name)
    allow = settings.read(specs.ALLOW_TAGS, name)
    ignore = settings.read(specs.IGNORE_TAGS, name)
    strategy = strategy_named(
        settings.read(specs.STRATEGY, name),
        constraint=constraint,
        allow=allow,
        ignore=ignore,
        prerelease=settings.read(specs.PRERELEASE, name),
        follow=settings.read(specs.VARIANT, name),
        pattern=settings.read(specs.TAG_PATTERN, name),
        behind=settings.read(specs.BEHIND, name),
    )
    pin = settings.read(specs.PIN, name)
    try:
        image = ImageReference.parse(container.image)
    except ValueError as error:
        settings.add_error(f"image of container {name}", container.image, str(error))
        return None
    # An image that the owner pinned stays pinned.
    pinned = (strategy.follows_digest if pin is None else pin) or image.digest is not None
    if strategy.follows_digest and not pinned and not container.always_pulled:
        setting = settings.find(specs.PIN, name)
        remedy = f"container {name} must then have {always_pull}, otherwise nodes keep the old image"
        settings.add_error(specs.PIN.key if setting is None else setting.where, "false", remedy)
    return Target(name, image, strategy, pinned, _database(settings, strategy, image, name))


def _database(settings: SettingsReader, strategy: Strategy, image: ImageReference, container: str) -> str | None:
    """Check that the strategy can select a tag; return the database in the image if the strategy is the default."""
    setting = settings.find(specs.STRATEGY, container)
    useless = strategy.useless_for(image.effective_tag)
    if useless is not None and setting is not None:
        settings.add_error(setting.where, setting.value, useless)
    by_default = setting is None or setting.source is Source.DEFAULT
    return database_of(image.repository.path) if by_default and not strategy.follows_digest else None


def _targeted(settings: SettingsReader) -> tuple[Container, ...]:
    """Return the containers that the owner selected, the first one by default."""
    plain = tuple(container for container in settings.workload.containers if not container.init)
    if not plain:
        settings.add_error("containers", "", "the workload has none, so there is no image to keep up to date")
        return ()
    names = settings.read(specs.CONTAINERS)
    if names is None:
        return plain[:1]
    return _all(settings, plain) if names == (ALL_CONTAINERS,) else _named(settings, names)


def _all(settings: SettingsReader, containers: tuple[Container, ...]) -> tuple[Container, ...]:
    most = specs.CONTAINERS.limits.entries
    if most is not None and len(containers) > most:
        _add_container_error(settings, f"* selects {len(containers)} containers: name at most {most}")
    return containers[:most]


def _named(settings: SettingsReader, names: tuple[str, ...]) -> tuple[Container, ...]:
    by_name = {container.name: container for container in settings.workload.containers}
    for name in names:
        if name not in by_name:
            _add_container_error(settings, no_such_container(name, by_name))
    return tuple(by_name[name] for name in names if name in by_name)


def _add_container_error(settings: SettingsReader, allowed: str) -> None:
    setting = settings.find(specs.CONTAINERS)
    if setting is not None:
        settings.add_error(setting.where, setting.value, allowed)
