"""The commands that run something: the controller, and the demo."""

from __future__ import annotations

import signal
from types import FrameType
from typing import TYPE_CHECKING

import typer

from watch_cluster.entrypoints.cli.app import app, console, container_of_process, fail

if TYPE_CHECKING:
    from watch_cluster.adapters.otlp.tracing import OtlpTracing


@app.command()
def run() -> None:
    """Watch the cluster until told to stop."""
    from dependency_injector.providers import Object

    from watch_cluster.adapters.kubernetes.client.api import NoApiServer
    from watch_cluster.adapters.prometheus.metrics import PrometheusMetrics
    from watch_cluster.entrypoints.health import Health, PortTaken

    container = container_of_process()
    metrics = PrometheusMetrics()
    container.metrics.override(Object(metrics))
    settings = container.settings()
    tracing = _traces(container.identity()) if settings.OTEL_EXPORTER_OTLP_ENDPOINT else None
    if tracing is not None:
        container.tracing.override(Object(tracing))
    try:
        controller = container.controller()
        health = Health(settings.HEALTH_PORT, controller, metrics) if settings.HEALTH_PORT else None
    except (NoApiServer, PortTaken) as error:
        fail(str(error))

    def stop(_number: int, _frame: FrameType | None) -> None:
        controller.stop()

    controller.measure()
    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    controller.start()
    controller.run()
    controller.close()
    container.shutdown_resources()
    if tracing is not None:
        tracing.close()
    if health is not None:
        health.close()


def _traces(identity: str) -> OtlpTracing:
    try:
        from watch_cluster.adapters.otlp.tracing import OtlpTracing
    except ModuleNotFoundError:
        fail("OTEL_EXPORTER_OTLP_ENDPOINT: traces need the extra: install watch-cluster[traces], or unset it", status=2)
    return OtlpTracing(identity)


@app.command()
def demo() -> None:
    """Show an update, a digest change and a failure, without a cluster and without a network."""
    from watch_cluster.entrypoints.demo.story import play
    from watch_cluster.entrypoints.logs import configure_logs

    configure_logs("error", "auto")
    if not play(console()):
        raise typer.Exit(1)
