"""The controller's settings, read from environment variables and checked all at once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError

from watch_cluster.adapters.kubernetes.wording import ALWAYS_PULL
from watch_cluster.adapters.oci.http.proxies import Proxies
from watch_cluster.adapters.oci.http.reach import LOOPBACK, PRIVATE, InternalHosts
from watch_cluster.adapters.re2.tag_patterns import compile_tag_pattern
from watch_cluster.domain.policy.caps import Caps
from watch_cluster.domain.policy.policy_reader import PolicyReader
from watch_cluster.domain.rollout.notification import NotificationType
from watch_cluster.entrypoints.settings.faults import InvalidSettings, invalid_values, missing_partners, too_long
from watch_cluster.entrypoints.settings.registries import AuthoritiesFile, InternalHostNames, Mirrors, RegistryProxy
from watch_cluster.entrypoints.settings.unknown_variables import unknown_variables
from watch_cluster.entrypoints.settings.values import (
    Collector,
    Duration,
    Flag,
    Hosts,
    Names,
    Namespace,
    Namespaces,
    PositiveDuration,
)
from watch_cluster.entrypoints.settings.webhooks import Headers, WebhookUrl
from watch_cluster.entrypoints.settings.workload_defaults import (
    DEFAULT_VARIABLES,
    defaults_beyond_caps,
    faulty_defaults,
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
_DEFAULTS: Final = "workload_defaults"


class Settings(BaseModel):
    """All settings of the process, by the names of their environment variables."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    WATCH_NAMESPACES: Namespaces = ()
    """The namespaces to watch, comma separated; all when empty."""

    REGISTRY_PLAIN_HTTP: Hosts = ()
    """Registries without TLS, as `host` or `host:port`, comma separated. Loopback needs no entry."""

    REGISTRY_INTERNAL_HOSTS: InternalHostNames = (PRIVATE, LOOPBACK)
    """The hosts that may be queried although their address is not public, comma-separated; `none` for none."""

    REGISTRY_CONFIG: Path | None = None
    """A Docker `config.json` with credentials for registries."""

    REGISTRY_CA_FILE: AuthoritiesFile | None = None
    """A PEM file with CA certificates to trust for registries, in addition to the system's."""

    REGISTRY_MIRRORS: Mirrors = ()
    """Mirrors to query instead of a registry, as `REGISTRY=HOST[/PATH]`, comma separated."""

    REGISTRY_CREDENTIAL_PROVIDERS: Path | None = None
    """A kubelet CredentialProviderConfig, which names the plugins that provide credentials for registries."""

    REGISTRY_CREDENTIAL_PROVIDERS_BIN: Path | None = None
    """The directory with the executables of those plugins."""

    REGISTRY_CREDENTIAL_NAMESPACES: Namespaces = ()
    """The namespaces whose workloads may use the file and the plugins, comma separated; all when empty."""

    REGISTRY_TIMEOUT: Annotated[int, Field(gt=0, le=600_000)] = 30_000
    """The timeout of a query to a registry with all its requests, in milliseconds."""

    HTTPS_PROXY: RegistryProxy | None = None
    """The proxy for registries with TLS."""

    HTTP_PROXY: RegistryProxy | None = None
    """The proxy for registries without TLS."""

    NO_PROXY: Names = ()
    """Hosts to reach without a proxy, comma separated."""

    CHECK_TIMEOUT: Annotated[int, Field(gt=0, le=3_600_000)] = 120_000
    """The timeout of a check with all its queries to registries, in milliseconds."""

    CHECK_WORKERS: Annotated[int, Field(gt=0, le=256)] = 8
    """The number of concurrent checks."""

    MAX_CONCURRENT_ROLLOUTS: Annotated[int, Field(gt=0, le=10_000)] = 10
    """The number of concurrent rollouts; other updates wait."""

    MAX_ROLLOUT_TIMEOUT: PositiveDuration = timedelta(days=1)
    """The longest `rollout-timeout` that a workload may have."""

    MAX_SOAK: Duration = timedelta(days=7)
    """The longest `soak` that a workload may have."""

    MIN_CHECK_INTERVAL: Duration = timedelta()
    """The shortest time between two scheduled checks of a workload, however often its cron expression fires."""

    HEALTH_PORT: Annotated[int, Field(ge=0, le=65535)] = 0
    """The port for `/healthz`, `/readyz` and `/metrics`; 0 disables it."""

    WEBHOOK_URL: WebhookUrl | None = None
    """The URL that receives webhooks; None sends none."""

    WEBHOOK_ENABLE_DEPLOYMENT_DETECTED: Flag = False
    """Whether `DEPLOYMENT_DETECTED` is sent."""

    WEBHOOK_ENABLE_IMAGE_ROLLOUT_STARTED: Flag = False
    """Whether `IMAGE_ROLLOUT_STARTED` is sent."""

    WEBHOOK_ENABLE_IMAGE_ROLLOUT_COMPLETED: Flag = False
    """Whether `IMAGE_ROLLOUT_COMPLETED` is sent."""

    WEBHOOK_ENABLE_IMAGE_ROLLOUT_FAILED: Flag = False
    """Whether `IMAGE_ROLLOUT_FAILED` is sent."""

    WEBHOOK_ENABLE_IMAGE_ROLLED_BACK: Flag = False
    """Whether `IMAGE_ROLLED_BACK` is sent."""

    WEBHOOK_HEADERS: Headers = ()
    """Headers of every webhook, as `key1=value1,key2=value2`."""

    WEBHOOK_TIMEOUT: Annotated[int, Field(gt=0, le=600_000)] = 10_000
    """The timeout of one attempt to deliver a webhook, in milliseconds."""

    WEBHOOK_RETRY_COUNT: Annotated[int, Field(ge=0, le=20)] = 3
    """The number of retries after the first attempt to deliver a webhook."""

    WEBHOOK_SECRET: SecretStr | None = None
    """The key that signs webhooks; None leaves them unsigned."""

    GIT_TOKEN: SecretStr | None = None
    """The token with which `watch-cluster git` opens pull requests."""

    workload_defaults: Mapping[str, str] = Field(default_factory=dict)
    """The defaults for workloads, by annotation key: the `DEFAULT_…` variables."""

    LOG_LEVEL: Literal["debug", "info", "warning", "error"] = "info"
    """The lowest level to log."""

    LOG_FORMAT: Literal["auto", "json", "console"] = "auto"
    """`json`, `console`, or `auto`: console on a terminal, otherwise JSON."""

    POD_NAMESPACE: Namespace = "watch-cluster"
    """The namespace of Watch-Cluster itself, which holds its Lease."""

    OTEL_EXPORTER_OTLP_ENDPOINT: Collector | None = None
    """The URL of the OpenTelemetry collector that receives traces; None sends none."""

    ORCHESTRATOR: Literal["kubernetes", "docker"] | None = None
    """Where the workloads run; found out when it is not set."""

    DOCKER_HOST: str | None = None
    """The address of the Docker Engine, as `unix:///PATH` or `tcp://HOST:PORT`."""

    DOCKER_CERT_PATH: Path | None = None
    """The directory with `ca.pem`, `cert.pem` and `key.pem` for a Docker Engine with TLS."""

    DOCKER_TLS_VERIFY: str | None = None
    """Any value: connect to the Docker Engine with TLS."""

    STATE_FOLDER: Path = Path("/data")
    """Under Docker: the folder with the state file; without it, the state is lost when the process ends."""

    CLEANUP_IMAGES: Flag = False
    """Under Docker: whether the images of replaced containers are removed once nothing uses them."""

    KUBECONFIG: str | None = None
    """The kubeconfig to use outside a cluster."""

    @property
    def policies(self) -> PolicyReader:
        """The reader of policies, with the controller's defaults."""
        return PolicyReader(compile_tag_pattern, self.workload_defaults, ALWAYS_PULL, self.caps)

    @property
    def watches_several(self) -> bool:
        """Whether more than one namespace may have watched workloads."""
        return len(self.WATCH_NAMESPACES) != 1

    @property
    def check_seconds(self) -> float:
        """How long a check may take in all, in seconds."""
        return self.CHECK_TIMEOUT / 1000

    @property
    def caps(self) -> Caps:
        """The limits that apply to all workloads."""
        return Caps(self.MAX_SOAK, self.MAX_ROLLOUT_TIMEOUT, self.MIN_CHECK_INTERVAL)

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
        faults = [*too_long(given), *faulty_defaults(given), *missing_partners(given)]
        faults += unknown_variables(environment, known)
        plain = {name: value for name, value in given.items() if name not in DEFAULT_VARIABLES}
        defaults = read_defaults(given)
        try:
            settings = cls.model_validate(plain | ({_DEFAULTS: defaults} if defaults else {}))
        except ValidationError as error:
            faults = [*invalid_values(error, SECRET | URLS), *faults]
            raise InvalidSettings("\n".join(faults)) from None
        faults += defaults_beyond_caps(given, settings.caps)
        if faults:
            raise InvalidSettings("\n".join(faults))
        return settings


def _value(name: str, environment: Mapping[str, str]) -> str | None:
    return environment.get(name) or (environment.get(name.lower()) if name in _EITHER_CASE else None)
