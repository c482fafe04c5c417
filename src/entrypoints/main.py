"""The command line: `watch-cluster COMMAND`."""

from __future__ import annotations

import os
import signal
import sys
from enum import StrEnum
from types import FrameType
from typing import TYPE_CHECKING, Annotated, Final, NoReturn

import typer

if TYPE_CHECKING:
    from watch_cluster.entrypoints.container import Container

app = typer.Typer(
    help="Keeps the container images of a Kubernetes cluster up to date, safely.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
_PIPE_WIDTH: Final = 1000


class Output(StrEnum):
    """How a command prints what it found."""

    TABLE = "table"
    JSON = "json"


@app.command()
def run() -> None:
    """Watch the cluster until told to stop."""
    from watch_cluster.adapters.kubernetes.api import NoApiServer
    from watch_cluster.entrypoints.health import Health, PortTaken

    container = _container()
    port = container.settings().HEALTH_PORT
    try:
        controller = container.controller()
        health = Health(port, controller.since_turn, controller.ready) if port else None
    except (NoApiServer, PortTaken) as error:
        _fail(str(error))

    def stop(_number: int, _frame: FrameType | None) -> None:
        controller.stop()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    controller.start()
    controller.run()
    controller.close()
    container.shutdown_resources()
    if health is not None:
        health.close()


@app.command()
def check(
    output: Annotated[Output, typer.Option(help="A table for people, or JSON for programs.")] = Output.TABLE,
) -> None:
    """Tell for each watched workload what would happen now, and why. Changes nothing."""
    from rich.console import Console

    from watch_cluster.adapters.kubernetes.api import NoApiServer
    from watch_cluster.application.ports.orchestrator import OrchestratorUnavailable
    from watch_cluster.entrypoints.check import print_json, print_table

    container = _container()
    try:
        container.orchestrator().load()
    except (NoApiServer, OrchestratorUnavailable) as error:
        _fail(str(error))
    lines = container.check_all()()
    container.shutdown_resources()
    if output is Output.JSON:
        print_json(lines)
    else:
        # A terminal's width is no reason to fold lines for a program that reads them.
        print_table(lines, Console(width=None if sys.stdout.isatty() else _PIPE_WIDTH))


@app.command()
def demo() -> None:
    """Show an update, a digest change and a failure, without a cluster and without a network."""
    from rich.console import Console

    from watch_cluster.entrypoints.demo.story import play
    from watch_cluster.entrypoints.logs import configure_logs

    configure_logs("error", "auto")
    if not play(Console(width=None if sys.stdout.isatty() else _PIPE_WIDTH)):
        raise typer.Exit(1)


@app.command()
def cron(
    expression: Annotated[str, typer.Argument(help="A cron schedule, in quotes: Quartz (6 or 7 fields) or Unix (5).")],
    timezone: Annotated[str, typer.Option(metavar="ZONE", help="The time zone it is read in.")] = "UTC",
    since: Annotated[str | None, typer.Option("--from", metavar="TIME", help="After when; now if not given.")] = None,
    count: Annotated[str, typer.Option(metavar="N", help="How many times to tell, 1-1000.")] = "5",
    output: Annotated[Output, typer.Option(help="Lines for people, or JSON for programs.")] = Output.TABLE,
) -> None:
    """Tell in words what a schedule says, and when it fires next."""
    from watch_cluster.adapters.scheduling.clock import SystemClock
    from watch_cluster.adapters.scheduling.cron import CronScheduler
    from watch_cluster.entrypoints.cron import InvalidQuestion, Question, answer, print_json, print_table

    try:
        question = Question.read(expression, timezone, since, count, SystemClock().now())
    except InvalidQuestion as error:
        _fail(str(error), status=2)
    told = answer(question, CronScheduler())
    if output is Output.JSON:
        print_json(told)
    else:
        print_table(told)


def main() -> None:
    """Run the command line."""
    app()


def _container() -> Container:
    from watch_cluster.entrypoints.container import Container
    from watch_cluster.entrypoints.logs import configure_logs
    from watch_cluster.entrypoints.settings import InvalidSettings, Settings

    try:
        settings = Settings.read(os.environ)
    except InvalidSettings as error:
        _fail(str(error), status=2)
    configure_logs(settings.LOG_LEVEL, settings.LOG_FORMAT)
    container = Container(settings=settings)
    container.check_dependencies()
    return container


def _fail(message: str, status: int = 1) -> NoReturn:
    for line in message.splitlines():
        print(f"watch-cluster: {line}", file=sys.stderr)  # noqa: T201 - the command's output
    raise typer.Exit(status)
