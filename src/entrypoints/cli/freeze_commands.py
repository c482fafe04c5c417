"""The commands about what is set: freezes, and the controller's own settings."""

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

NamespaceArgument = Annotated[
    str | None, typer.Argument(metavar="[NAMESPACE]", help="Watch-Cluster's own when left out: it counts everywhere.")
]


@app.command()
def freeze(
    namespace: NamespaceArgument = None,
    reason: Annotated[str, typer.Option(help="What people are told who ask why.")] = "",
) -> None:
    """Have no rollout start in a namespace, or anywhere. Those under way go on."""
    _freeze(namespace, reason)


@app.command()
def unfreeze(namespace: NamespaceArgument = None) -> None:
    """Let rollouts start again."""
    _freeze(namespace, None)


@app.command()
def config(output: OutputOption = Output.TABLE) -> None:
    """Tell what the environment sets, and what is left as it is. Shows no secret."""
    from watch_cluster.entrypoints.cli.config import print_json, print_table, variables

    shown = variables(settings_of_process())
    if output is Output.JSON:
        print_json(shown)
    else:
        print_table(shown, console())


def _freeze(namespace: str | None, reason: str | None) -> None:
    from watch_cluster.adapters.kubernetes.client.api import NoApiServer
    from watch_cluster.application.ports.orchestrator import OrchestratorError

    container = container_of_process()
    own = container.settings().POD_NAMESPACE
    where = namespace or own
    try:
        container.orchestrator().freeze(where, reason)
    except (NoApiServer, OrchestratorError) as error:
        fail(str(error))
    finally:
        container.shutdown_resources()
    scope = "anywhere" if where == own else f"in namespace {where}"
    print(f"rollouts may start {scope} again" if reason is None else f"no rollout starts {scope}")  # noqa: T201
