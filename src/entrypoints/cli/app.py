"""What all commands share: the application, its settings, and how it fails."""

from __future__ import annotations

import os
import sys
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Final, NoReturn

import typer

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
    """How a command prints what it found."""

    TABLE = "table"
    JSON = "json"


OutputOption = Annotated[Output, typer.Option(help="A table for people, or JSON for programs.")]


def settings_of_process() -> Settings:
    """Read the environment; end with status 2 and a line for each fault when it cannot be used."""
    from watch_cluster.entrypoints.logs import configure_logs
    from watch_cluster.entrypoints.settings.settings import InvalidSettings, Settings

    try:
        settings = Settings.read(os.environ)
    except InvalidSettings as error:
        fail(str(error), status=2)
    configure_logs(settings.LOG_LEVEL, settings.LOG_FORMAT)
    return settings


def container_of_process() -> Container:
    """Build what the environment asks for."""
    from watch_cluster.entrypoints.container.container import Container

    container = Container(settings=settings_of_process())
    container.check_dependencies()
    return container


def loaded_container() -> Container:
    """Build it, and look at the cluster once; end with status 1 when there is none."""
    from watch_cluster.adapters.kubernetes.client.api import NoApiServer
    from watch_cluster.application.ports.orchestrator import OrchestratorUnavailable

    container = container_of_process()
    try:
        container.orchestrator().load()
        container.fleet().take()
    except (NoApiServer, OrchestratorUnavailable) as error:
        fail(str(error))
    return container


def console() -> Console:
    """Where tables go. A terminal's width is no reason to fold lines for a program that reads them."""
    from rich.console import Console

    return Console(width=None if sys.stdout.isatty() else _PIPE_WIDTH)


def fail(message: str, status: int = 1) -> NoReturn:
    """End with the status, and say why: each line of the message on its own."""
    for line in message.splitlines():
        print(f"watch-cluster: {line}", file=sys.stderr)  # noqa: T201 - the command's output
    raise typer.Exit(status)
