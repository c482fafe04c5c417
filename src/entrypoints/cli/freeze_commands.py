"""The commands freeze, unfreeze and config."""

from __future__ import annotations

from typing import Annotated

import typer

from watch_cluster.entrypoints.cli.app import (
    Output,
    OutputOption,
    app,
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
    from watch_cluster.adapters.kubernetes.client.api import NoApiServer
    from watch_cluster.application.ports.orchestrator.workload_reader import OrchestratorError

    container = container_of_process()
    own = container.settings().POD_NAMESPACE
    target = namespace or own
    try:
        container.orchestrator().freezes.freeze(target, reason)
    except (NoApiServer, OrchestratorError) as error:
        fail(str(error))
    finally:
        container.shutdown_resources()
    scope = "in all namespaces" if target == own else f"in namespace {target}"
    print(f"rollouts unfrozen {scope}" if reason is None else f"rollouts frozen {scope}")  # noqa: T201
