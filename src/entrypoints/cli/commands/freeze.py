"""The commands freeze, unfreeze and config."""

from __future__ import annotations

from typing import Annotated

import typer

from watch_cluster.entrypoints.cli.app import (
    Output,
    OutputOption,
    app,
    complain,
    console,
    container_of_process,
    fail,
    settings_of_process,
)
from watch_cluster.entrypoints.cli.cluster_options import with_cluster_options

NamespaceArgument = Annotated[
    str | None,
    typer.Argument(metavar="[NAMESPACE]", help="Default: all namespaces."),
]


@app.command()
@with_cluster_options
def freeze(
    namespace: NamespaceArgument = None,
    reason: Annotated[str, typer.Option(help="The reason shown for held updates.")] = "",
) -> None:
    """Start no rollouts in a namespace, or anywhere."""
    _freeze(namespace, reason)


@app.command()
@with_cluster_options
def unfreeze(namespace: NamespaceArgument = None) -> None:
    """Allow rollouts to start again."""
    _freeze(namespace, None)


@app.command()
def config(output: OutputOption = Output.TABLE) -> None:
    """Show the effective settings and their source. Hides secrets."""
    from watch_cluster.entrypoints.cli.config import print_json, print_table, variables

    shown = variables(settings_of_process())
    if output is Output.JSON:
        print_json(shown)
    else:
        print_table(shown, console())


def _freeze(namespace: str | None, reason: str | None) -> None:
    from watch_cluster.application.ports.orchestrator.workload_reader import OrchestratorError
    from watch_cluster.entrypoints.container.orchestrator_adapters import NoOrchestrator

    container = container_of_process()
    settings = container.settings()
    own, watched = settings.POD_NAMESPACE, settings.WATCH_NAMESPACES
    target = namespace or own
    try:
        container.orchestrator().freezes.freeze(target, reason)
    except (NoOrchestrator, OrchestratorError) as error:
        fail(f"{error}{_other_way(watched) if target == own else ''}")
    finally:
        container.shutdown_resources()
    scope = "in all namespaces" if target == own else f"in namespace {target}"
    print(f"rollouts unfrozen {scope}" if reason is None else f"rollouts frozen {scope}")  # noqa: T201
    if watched and target not in {own, *watched}:
        complain(f"WATCH_NAMESPACES does not name {target}: this has no effect there")


def _other_way(watched: tuple[str, ...]) -> str:
    """A suggestion for users without the permission to freeze everything."""
    each = f" for each of {', '.join(watched)}" if watched else ""
    return f": nothing is frozen; to freeze one namespace only, run watch-cluster freeze NAMESPACE{each}"
