"""The commands that run something: the controller, and the demo."""

from __future__ import annotations

import signal
from types import FrameType

import typer

from watch_cluster.entrypoints.cli.app import app, console, container_of_process, fail


@app.command()
def run() -> None:
    """Watch the cluster until told to stop."""
    from dependency_injector.providers import Object

    from watch_cluster.adapters.kubernetes.api import NoApiServer
    from watch_cluster.adapters.metrics.prometheus import PrometheusMetrics
    from watch_cluster.entrypoints.health import Health, PortTaken

    container = container_of_process()
    metrics = PrometheusMetrics()
    container.metrics.override(Object(metrics))
    port = container.settings().HEALTH_PORT
    try:
        controller = container.controller()
        health = Health(port, controller, metrics) if port else None
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
    if health is not None:
        health.close()


@app.command()
def demo() -> None:
    """Show an update, a digest change and a failure, without a cluster and without a network."""
    from watch_cluster.entrypoints.demo.story import play
    from watch_cluster.entrypoints.logs import configure_logs

    configure_logs("error", "auto")
    if not play(console()):
        raise typer.Exit(1)
