"""The typer application, and helpers that commands share."""

from __future__ import annotations

import os
import sys
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Final, NoReturn

import typer

from watch_cluster.domain.printable import printable

if TYPE_CHECKING:
    from rich.console import Console

    from watch_cluster.entrypoints.container.container import Container
    from watch_cluster.entrypoints.settings.settings import Settings

app = typer.Typer(
    help="Keeps the container images of a Kubernetes cluster up to date, safely.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # its help takes a quarter of a second to import
)
_PIPE_WIDTH: Final = 1000


class Output(StrEnum):
    """The output format of a command."""

    TABLE = "table"
    JSON = "json"


OutputOption = Annotated[Output, typer.Option(help="Print a table or JSON.")]


def settings_of_process() -> Settings:
    """Read the settings from the environment; exit with status 2 and one line per error if they are invalid."""
    from watch_cluster.entrypoints.logs import configure_logs
    from watch_cluster.entrypoints.settings.faults import InvalidSettings
    from watch_cluster.entrypoints.settings.settings import Settings

    try:
        settings = Settings.read(os.environ)
    except InvalidSettings as error:
        fail(str(error), status=2)
    configure_logs(settings.LOG_LEVEL, settings.LOG_FORMAT)
    return settings


def container_of_process() -> Container:
    """Create the container for the settings of the environment."""
    settings = settings_of_process()
    from watch_cluster.entrypoints.container.container import Container

    container = Container(settings=settings)
    container.check_dependencies()
    return container


def loaded_container() -> Container:
    """Create the container and load the cluster once; exit with status 1 if the cluster is unavailable."""
    from watch_cluster.adapters.kubernetes.client.api import NoApiServer
    from watch_cluster.application.ports.orchestrator.workload_reader import OrchestratorUnavailable

    container = container_of_process()
    try:
        container.orchestrator().reader.load()
        container.use_cases.fleet().load()
    except (NoApiServer, OrchestratorUnavailable) as error:
        fail(str(error))
    return container


def console() -> Console:
    """Return the console for tables, with a fixed width if the output is not a terminal."""
    from rich.console import Console

    return Console(width=None if sys.stdout.isatty() else _PIPE_WIDTH)


def fail(message: str, status: int = 1) -> NoReturn:
    """Print each line of the message to standard error and exit with the status."""
    for line in message.splitlines():
        print(f"watch-cluster: {printable(line)}", file=sys.stderr)  # noqa: T201 - the command's output
    raise typer.Exit(status)
