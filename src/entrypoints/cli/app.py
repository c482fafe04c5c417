"""The typer application, and helpers that commands share."""

from __future__ import annotations

import os
import shutil
import sys
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, Final, NoReturn

import typer
from typer.core import TyperGroup

from watch_cluster.domain.printable import printable
from watch_cluster.entrypoints.cli.cluster_options import cluster_options

if TYPE_CHECKING:
    from rich.console import Console

    from watch_cluster.domain.workload.workload import Workload
    from watch_cluster.entrypoints.container.container import Container
    from watch_cluster.entrypoints.settings.settings import Settings

_ORDER: Final = (
    *("list", "check", "explain", "history", "approve", "release", "freeze", "unfreeze", "report"),
    *("git", "migrate", "tags", "cron", "config", "run", "demo"),
)
"""The commands as the help shows them: the most used ones first."""


class _Commands(TyperGroup):
    def list_commands(self, ctx: Any) -> list[str]:
        names = super().list_commands(ctx)
        return sorted(names, key=lambda name: _ORDER.index(name) if name in _ORDER else len(_ORDER))


app = typer.Typer(
    cls=_Commands,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # its help takes a quarter of a second to import
)
_PIPE_WIDTH: Final = 1000


class Output(StrEnum):
    """The output format of a command."""

    TABLE = "table"
    JSON = "json"


OutputOption = Annotated[Output, typer.Option("--output", "-o", help="Print a table or JSON.")]
NamespaceOption = Annotated[
    str | None,
    typer.Option("--namespace", "-n", metavar="NAME", help="Only in this namespace.", show_default=False),
]
WorkloadArgument = Annotated[
    str,
    typer.Argument(metavar="WORKLOAD", help="NAMESPACE/KIND/NAME or KIND/NAME, such as shop/deploy/my-app."),
]


def _print_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        print(f"watch-cluster {version('watch-cluster')}")  # noqa: T201 - the command's output
        raise typer.Exit


@app.callback()
def main_options(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Keeps the container images of your workloads up to date, safely."""


def settings_of_process() -> Settings:
    """Read the settings from the environment; exit with status 2 and one line per error if they are invalid."""
    from watch_cluster.entrypoints.logs import configure_logs
    from watch_cluster.entrypoints.settings.errors import InvalidSettings
    from watch_cluster.entrypoints.settings.settings import Settings

    try:
        settings = Settings.read(os.environ | _variables_of_options())
    except InvalidSettings as error:
        fail(str(error), status=2)
    configure_logs(settings.LOG_LEVEL, settings.LOG_FORMAT)
    return settings


def _variables_of_options() -> dict[str, str]:
    kubeconfig = cluster_options().kubeconfig
    return {} if kubeconfig is None else {"KUBECONFIG": kubeconfig}


def container_of_process(*, checks_all: bool = False) -> Container:
    """Create the container for the settings of the environment; `checks_all` for commands that check everything."""
    settings = settings_of_process()
    if checks_all:
        settings = settings.while_somebody_waits()
    from dependency_injector.providers import Object

    from watch_cluster.entrypoints.container.container import Container

    container = Container(settings=settings, context=Object(cluster_options().context or ""))
    container.check_dependencies()
    return container


def loaded_container(*, checks_all: bool = False) -> Container:
    """Create the container and load the cluster once; exit with status 1 if the cluster is unavailable."""
    from watch_cluster.application.ports.orchestrator.workload_reader import OrchestratorUnavailable
    from watch_cluster.entrypoints.container.orchestrator_adapters import NoOrchestrator

    container = container_of_process(checks_all=checks_all)
    try:
        container.orchestrator().reader.load()
        container.use_cases.fleet().load()
    except (NoOrchestrator, OrchestratorUnavailable) as error:
        fail(str(error))
    return container


def named_workload(container: Container, workload: str, namespace: str | None) -> Workload:
    """Return the workload that the command line names; exit with one line if there is no such workload."""
    from watch_cluster.adapters.kubernetes.wording import KIND_ALIASES, WORKLOAD_EXAMPLES
    from watch_cluster.application.commands.find_workload import InvalidWorkloadName, WorkloadName, WorkloadNotFound

    try:
        name = WorkloadName.parse(workload, namespace, KIND_ALIASES)
        return name.find(container.orchestrator().reader.workloads())
    except InvalidWorkloadName as error:
        fail(f"{error}, such as {WORKLOAD_EXAMPLES}", status=2)
    except WorkloadNotFound as error:
        fail(str(error))


def output_width() -> int:
    """Return the columns of the terminal, or so many that nothing is wrapped if the output is not one."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else _PIPE_WIDTH


def complain(line: str) -> None:
    """Print one line to standard error; on a terminal, wrapped between words."""
    from watch_cluster.entrypoints.output.columns import wrapped

    said = f"watch-cluster: {line}"
    lines = wrapped(said, shutil.get_terminal_size().columns) if sys.stderr.isatty() else [printable(said)]
    print("\n".join(lines), file=sys.stderr)  # noqa: T201 - the command's output


def console() -> Console:
    """Return the console for tables."""
    from rich.console import Console

    return Console(width=output_width())


def fail(message: str, status: int = 1) -> NoReturn:
    """Print each line of the message to standard error and exit with the status."""
    for line in message.splitlines():
        complain(line)
    raise typer.Exit(status)
