"""The commands run and demo."""

from __future__ import annotations

import signal
from types import FrameType
from typing import TYPE_CHECKING, Annotated

import typer

from watch_cluster.entrypoints.cli.app import app, console, container_of_process, fail
from watch_cluster.entrypoints.cli.cluster_options import with_cluster_options

if TYPE_CHECKING:
    from watch_cluster.adapters.otlp.tracing import OtlpTracing
    from watch_cluster.adapters.workers import Workers


@app.command()
@with_cluster_options
def run() -> None:
    """Run the controller until it receives SIGTERM or SIGINT."""
    container = container_of_process()  # before the imports of what logs

    from importlib.metadata import version

    import structlog
    from dependency_injector.providers import Object

    from watch_cluster.adapters.http.server import PortUnavailable
    from watch_cluster.adapters.prometheus.metrics import PrometheusMetrics
    from watch_cluster.entrypoints.container.orchestrator_adapters import NoOrchestrator
    from watch_cluster.entrypoints.health import HealthServer

    metrics = PrometheusMetrics()
    container.metrics.override(Object(metrics))
    settings = container.settings()
    tracing = _otlp_tracing(container.identity(), container.workers()) if settings.OTEL_EXPORTER_OTLP_ENDPOINT else None
    if tracing is not None:
        container.tracing.override(Object(tracing))
    try:
        controller = container.controller()
        health = (
            HealthServer(settings.HEALTH_PORT, controller, metrics, container.workers())
            if settings.HEALTH_PORT
            else None
        )
        hooks = container.hook_server() if settings.HOOKS_PORT else None
    except (NoOrchestrator, PortUnavailable) as error:
        fail(str(error))

    def stop(_number: int, _frame: FrameType | None) -> None:
        controller.stop()

    controller.measure(container.metrics())
    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    structlog.get_logger().info("starting watch-cluster", version=version("watch-cluster"))
    controller.start()
    container.failure_watch().start()
    if hooks is not None:
        container.push_watch().start()
    digests = None if settings.NOTIFICATIONS is None else container.digest_watch()
    if digests is not None:
        digests.start()
    controller.run()
    if digests is not None:
        digests.close()
    if hooks is not None:
        hooks.close()
        container.push_watch().close()
    controller.close()
    container.failure_watch().close()
    container.shutdown_resources()
    if tracing is not None:
        tracing.close()
    if health is not None:
        health.close()


def _otlp_tracing(identity: str, workers: Workers) -> OtlpTracing:
    try:
        from watch_cluster.adapters.otlp.tracing import OtlpTracing
    except ModuleNotFoundError:
        fail("OTEL_EXPORTER_OTLP_ENDPOINT: install the extra watch-cluster[traces], or unset the variable", status=2)
    return OtlpTracing(identity, workers)


@app.command()
def demo(
    verbose: Annotated[bool, typer.Option("--verbose", help="Print Events and webhooks as they are sent.")] = False,
    gitops: Annotated[bool, typer.Option("--gitops", help="Show updates of manifests in a Git repository.")] = False,
) -> None:
    """Demonstrate an update and a rollback, without a cluster."""
    from watch_cluster.entrypoints.demo.gitops import play_gitops
    from watch_cluster.entrypoints.demo.story import play
    from watch_cluster.entrypoints.logs import configure_logs

    configure_logs("error", "auto")
    if not (play_gitops(console()) if gitops else play(console(), verbose=verbose)):
        raise typer.Exit(1)
