"""The settings of the process, read from environment variables and validated all at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from pydantic import Field, ValidationError

from watch_cluster.adapters.http.proxies import Proxies
from watch_cluster.adapters.kubernetes.wording import ALWAYS_PULL, KIND_ALIASES
from watch_cluster.adapters.oci.http.routing.reach import InternalHosts
from watch_cluster.adapters.re2.tag_patterns import compile_tag_pattern
from watch_cluster.domain.policy.caps import Caps
from watch_cluster.domain.policy.policy_reader import PolicyReader
from watch_cluster.domain.policy.values.channels import ChannelNames
from watch_cluster.domain.policy.values.verification import VerifyPolicy
from watch_cluster.domain.rollout.notification import NotificationType
from watch_cluster.domain.workload import annotation
from watch_cluster.entrypoints.settings.errors import InvalidSettings, invalid_values, missing_partners, too_long
from watch_cluster.entrypoints.settings.unknown_variables import unknown_variables
from watch_cluster.entrypoints.settings.variables import Variables
from watch_cluster.entrypoints.settings.verify_policies import read_verify_policies
from watch_cluster.entrypoints.settings.workload_defaults import (
    DEFAULT_VARIABLES,
    defaults_beyond_caps,
    invalid_defaults,
    read_defaults,
)

SECRET: Final = frozenset(
    {"WEBHOOK_URL", "WEBHOOK_HEADERS", "WEBHOOK_SECRET", "HTTPS_PROXY", "HTTP_PROXY", "GIT_TOKEN"}
)
"""The variables whose values are not shown."""
URLS: Final = frozenset({"OTEL_EXPORTER_OTLP_ENDPOINT"})
"""The variables whose values are shown without user information and query."""
_EITHER_CASE: Final = frozenset({"HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY"})
"""The variables that are lower case by convention as well."""
_WHILE_SOMEBODY_WAITS: Final = {"CHECK_WORKERS": 64, "REGISTRY_TIMEOUT": 4_000}
_DEFAULTS: Final = "workload_defaults"


class Settings(Variables):
    """The settings of the process, and the values derived from them."""

    workload_defaults: Mapping[str, str] = Field(default_factory=dict)
    """The defaults for workloads, by annotation key: the `DEFAULT_…` variables."""

    @property
    def policies(self) -> PolicyReader:
        """The reader of policies, with the controller's defaults."""
        return PolicyReader(compile_tag_pattern, self.workload_defaults, ALWAYS_PULL, self.caps, KIND_ALIASES)

    @property
    def watches_several(self) -> bool:
        """Whether more than one namespace may have watched workloads."""
        return len(self.WATCH_NAMESPACES) != 1

    @property
    def check_seconds(self) -> float:
        """How long a check may take in total, in seconds."""
        return self.CHECK_TIMEOUT / 1000

    @property
    def caps(self) -> Caps:
        """The limits that apply to all workloads."""
        return Caps(self.MAX_SOAK, self.MAX_ROLLOUT_TIMEOUT, self.MIN_CHECK_INTERVAL, self.AFTER_OTHER_NAMESPACES)

    @property
    def verify_policies(self) -> tuple[VerifyPolicy, ...]:
        """The policies that say which signatures images must have."""
        return () if self.VERIFY_POLICIES is None else read_verify_policies(self.VERIFY_POLICIES)

    @property
    def internal_hosts(self) -> InternalHosts:
        """The hosts that may be queried although their address is not public: those, and the mirrors."""
        return InternalHosts.parse(self.REGISTRY_INTERNAL_HOSTS).with_hosts(
            mirror.host for mirror in self.REGISTRY_MIRRORS
        )

    @property
    def proxies(self) -> Proxies:
        """The proxies for requests to registries."""
        return Proxies(self.HTTPS_PROXY, self.HTTP_PROXY, self.NO_PROXY)

    @property
    def channel_names(self) -> ChannelNames:
        """The channels that workloads may name."""
        if self.NOTIFICATIONS is None:
            return ChannelNames()
        from watch_cluster.adapters.notifications.channels.specs import read_channels

        return ChannelNames({name: spec.namespaces for name, spec in read_channels(self.NOTIFICATIONS).items()})

    @property
    def default_channels(self) -> str:
        """The channels of workloads that name none, comma-separated."""
        return self.workload_defaults.get(annotation.NOTIFY, "")

    @property
    def webhooks(self) -> frozenset[NotificationType]:
        """The types of notifications that are sent as webhooks."""
        return frozenset(each for each in NotificationType if getattr(self, f"WEBHOOK_ENABLE_{each.value}"))

    @classmethod
    def variables(cls) -> dict[str, object]:
        """Return all variables with their defaults."""
        plain = {name: field.default for name, field in cls.model_fields.items() if name != _DEFAULTS}
        return plain | {name: spec.default for name, spec in DEFAULT_VARIABLES.items()}

    def value_of(self, variable: str) -> object:
        """Return the value of the variable, or its default."""
        spec = DEFAULT_VARIABLES.get(variable)
        return getattr(self, variable) if spec is None else self.workload_defaults.get(spec.key, spec.default)

    def while_somebody_waits(self) -> Settings:
        """Return the settings for a command that checks everything once, while somebody waits for it.

        Many checks run at a time, with a shorter timeout for a registry that does not respond. What is set stays.
        """
        quick = {name: value for name, value in _WHILE_SOMEBODY_WAITS.items() if not self.is_set(name)}
        return self.model_copy(update=quick)

    def is_set(self, variable: str) -> bool:
        """Whether the variable is set."""
        spec = DEFAULT_VARIABLES.get(variable)
        return variable in self.model_fields_set if spec is None else spec.key in self.workload_defaults

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> Settings:
        """Read the environment; an empty variable counts as not set.

        Raises `InvalidSettings` with all errors.
        """
        known = cls.variables()
        given = {name: value for name in known if (value := _value(name, environment))}
        errors = [*too_long(given), *invalid_defaults(given), *missing_partners(given)]
        errors += unknown_variables(environment, known)
        plain = {name: value for name, value in given.items() if name not in DEFAULT_VARIABLES}
        defaults = read_defaults(given)
        try:
            settings = cls.model_validate(plain | ({_DEFAULTS: defaults} if defaults else {}))
        except ValidationError as error:
            errors = [*invalid_values(error, SECRET | URLS), *errors]
            raise InvalidSettings("\n".join(errors)) from None
        errors += defaults_beyond_caps(given, settings.caps)
        if errors:
            raise InvalidSettings("\n".join(errors))
        return settings


def _value(name: str, environment: Mapping[str, str]) -> str | None:
    return environment.get(name) or (environment.get(name.lower()) if name in _EITHER_CASE else None)
