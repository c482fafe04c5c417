"""How the registry client and its credentials are built."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from watch_cluster.adapters.http.tls import tls_context
from watch_cluster.adapters.oci.auth.docker_config import DockerConfigCredentials, NoCredentials
from watch_cluster.adapters.oci.registry import OciImageRegistry
from watch_cluster.adapters.plugins.credentials import PluginCredentials
from watch_cluster.application.ports.clock import Clock
from watch_cluster.application.ports.registry.image_registry import ImageRegistry
from watch_cluster.application.ports.registry.pull_credentials import PullCredentials
from watch_cluster.application.ports.registry.rate_limits import RateLimits
from watch_cluster.application.ports.reporting.metrics import Metrics
from watch_cluster.application.ports.reporting.tracing import Call, Tracing
from watch_cluster.application.registry_queries.combined_credentials import CombinedCredentials
from watch_cluster.application.registry_queries.namespaced_credentials import NamespacedCredentials
from watch_cluster.entrypoints.container.orchestrators import default_registry_config
from watch_cluster.entrypoints.settings.settings import Settings


def file_credentials(settings: Settings) -> PullCredentials:
    """The credentials of a Docker `config.json`, none without one."""
    config = settings.REGISTRY_CONFIG or default_registry_config(settings)
    return NoCredentials() if config is None else DockerConfigCredentials(config)


def plugin_credentials(config: Path | None, folder: Path | None, clock: Clock) -> PullCredentials:
    """The credentials of credential provider plugins, none without any."""
    return NoCredentials() if config is None or folder is None else PluginCredentials(config, folder, clock.monotonic)


def credentials_for(namespaces: tuple[str, ...], source: PullCredentials) -> PullCredentials:
    """The credentials of the controller for these namespaces, for all when none is named."""
    return NamespacedCredentials(source, frozenset(namespaces)) if namespaces else source


def combined_credentials(sources: list[PullCredentials]) -> PullCredentials:
    """All sources of credentials as one."""
    return CombinedCredentials(tuple(sources))


def oci_registry(
    settings: Settings, rate_limits: RateLimits, metrics: Metrics, tracing: Tracing
) -> Iterator[ImageRegistry]:
    """The registry client, whose connections are closed in the end."""

    def on_call(call: Call) -> None:
        metrics.count_registry_request(call.peer, call.status)
        tracing.record_call(call)

    registry = OciImageRegistry(
        plain_http_hosts=frozenset(settings.REGISTRY_PLAIN_HTTP),
        deadline_seconds=settings.REGISTRY_TIMEOUT / 1000,
        tls=tls_context(settings.REGISTRY_CA_FILE),
        proxies=settings.proxies,
        internal_hosts=settings.internal_hosts,
        rate_limits=rate_limits,
        on_request=on_call,
        several=settings.watches_several,
    )
    yield registry
    registry.close()
