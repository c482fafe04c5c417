"""The environment variables that configure the process, with their types, limits and defaults."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from watch_cluster.adapters.oci.http.routing.reach import LOOPBACK, PRIVATE
from watch_cluster.entrypoints.settings.registries import AuthoritiesFile, InternalHostNames, Mirrors, RegistryProxy
from watch_cluster.entrypoints.settings.repositories import RepositoriesFile
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
from watch_cluster.entrypoints.settings.verify_policies import VerifyPoliciesFile
from watch_cluster.entrypoints.settings.webhooks import ChannelsFile, Headers, WebhookUrl


class Variables(BaseModel):
    """The values of the environment variables of the process; an attribute has the name of its variable."""

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

    AFTER_OTHER_NAMESPACES: Flag = True
    """Whether `after` may name workloads of other namespaces."""

    VERIFY_POLICIES: VerifyPoliciesFile | None = None
    """A YAML file that says which signatures images must have."""

    HEALTH_PORT: Annotated[int, Field(ge=0, le=65535)] = 0
    """The port for `/healthz`, `/readyz` and `/metrics`; 0 disables it."""

    HOOKS_PORT: Annotated[int, Field(ge=0, le=65535)] = 0
    """The port for `POST /hooks/{source}`, with which registries tell about pushes; 0 disables it."""

    HOOKS_SECRETS: Path = Path("/etc/watch-cluster/hooks")
    """The directory with the secrets of those registries, one file for each source."""

    WEBHOOK_URL: WebhookUrl | None = None
    """The URL that receives webhooks; without it, none are sent."""

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

    WEBHOOK_ENABLE_UPDATE_AVAILABLE: Flag = False
    """Whether `UPDATE_AVAILABLE` is sent."""

    WEBHOOK_ENABLE_APPROVAL_NEEDED: Flag = False
    """Whether `APPROVAL_NEEDED` is sent."""

    WEBHOOK_ENABLE_UPDATE_HELD: Flag = False
    """Whether `UPDATE_HELD` is sent."""

    WEBHOOK_ENABLE_CONFIGURATION_INVALID: Flag = False
    """Whether `CONFIGURATION_INVALID` is sent."""

    WEBHOOK_ENABLE_REGISTRY_ERROR: Flag = False
    """Whether `REGISTRY_ERROR` is sent."""

    WEBHOOK_HEADERS: Headers = ()
    """Headers of every webhook, as `key1=value1,key2=value2`."""

    WEBHOOK_TIMEOUT: Annotated[int, Field(gt=0, le=600_000)] = 10_000
    """The timeout of one attempt to deliver a webhook, in milliseconds."""

    WEBHOOK_RETRY_COUNT: Annotated[int, Field(ge=0, le=20)] = 3
    """The number of retries after the first attempt to deliver a webhook."""

    WEBHOOK_SECRET: SecretStr | None = None
    """The key that signs webhooks; without it, they are not signed."""

    NOTIFICATIONS: ChannelsFile | None = None
    """The file with the channels for notifications."""

    GIT_TOKEN: SecretStr | None = None
    """The token with which `watch-cluster git` opens pull requests."""

    GIT_REPOSITORIES: RepositoriesFile | None = None
    """A YAML file that declares the repositories to which images can be written back."""

    LOG_LEVEL: Literal["debug", "info", "warning", "error"] = "info"
    """The lowest level to log."""

    LOG_FORMAT: Literal["auto", "json", "console"] = "auto"
    """`json`, `console`, or `auto`: console on a terminal, otherwise JSON."""

    POD_NAMESPACE: Namespace = "watch-cluster"
    """The namespace of Watch-Cluster itself, which holds its Lease."""

    OTEL_EXPORTER_OTLP_ENDPOINT: Collector | None = None
    """The URL of the OpenTelemetry collector that receives traces; without it, none are sent."""

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
