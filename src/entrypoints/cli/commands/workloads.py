"""The commands about watched workloads: list, check, explain, history, approve and release."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

import typer

from watch_cluster.entrypoints.cli.app import (
    NamespaceOption,
    Output,
    OutputOption,
    WorkloadArgument,
    app,
    console,
    fail,
    loaded_container,
    named_workload,
    output_width,
)
from watch_cluster.entrypoints.cli.cluster_options import with_cluster_options

if TYPE_CHECKING:
    from watch_cluster.application.check.check_all import CheckResult

_UPDATES: Final = 10
"""The exit status of `check --exit-code` when an update is available."""
_NOT_CHECKED: Final = 1
"""Its exit status when a workload could not be checked."""


@app.command("list")
@with_cluster_options
def list_workloads(namespace: NamespaceOption = None, output: OutputOption = Output.TABLE) -> None:
    """List the watched workloads with their last rollouts. Queries no registry."""
    from watch_cluster.entrypoints.output.workloads import print_json, print_text

    container = loaded_container()
    workloads = container.list_workloads()(namespace)
    now = container.clock().now()
    container.shutdown_resources()
    if output is Output.JSON:
        print_json(workloads)
    else:
        print_text(workloads, now, console())


@app.command()
@with_cluster_options
def check(
    namespace: NamespaceOption = None,
    output: OutputOption = Output.TABLE,
    exit_code: Annotated[
        bool, typer.Option("--exit-code", help="Exit with 10 if there is an update, with 1 if a check failed.")
    ] = False,
) -> None:
    """Show what a check would do, and why. Changes nothing."""
    from watch_cluster.entrypoints.output.check import print_json, print_text
    from watch_cluster.entrypoints.output.progress import progress_line

    container = loaded_container(checks_all=True)
    with progress_line("checked") as report:
        results = container.check_all()(namespace, report)
    now = container.clock().now()
    container.shutdown_resources()
    if output is Output.JSON:
        print_json(results)
    else:
        print_text(results, now, console())
    if exit_code:
        raise typer.Exit(_exit_status(results))


def _exit_status(results: tuple[CheckResult, ...]) -> int:
    from watch_cluster.domain.update.decision import Update

    if any(result.failed for result in results):
        return _NOT_CHECKED
    return _UPDATES if any(isinstance(result.decision, Update) for result in results) else 0


@app.command()
@with_cluster_options
def explain(workload: WorkloadArgument, namespace: NamespaceOption = None, output: OutputOption = Output.TABLE) -> None:
    """Explain why a workload is updated or not."""
    from watch_cluster.application.ports.orchestrator.workload_reader import OrchestratorUnavailable
    from watch_cluster.entrypoints.cli.explain import print_json, print_text

    container = loaded_container()
    try:
        explanation = container.explain()(named_workload(container, workload, namespace).key)
    except OrchestratorUnavailable as error:
        fail(str(error))
    finally:
        container.shutdown_resources()
    if output is Output.JSON:
        print_json(explanation)
    else:
        print_text(explanation, output_width())


@app.command()
@with_cluster_options
def history(workload: WorkloadArgument, namespace: NamespaceOption = None, output: OutputOption = Output.TABLE) -> None:
    """Show the last rollouts of a workload, and why they failed."""
    from watch_cluster.domain.rollout.record.history import History
    from watch_cluster.entrypoints.output.history import print_json, print_text

    container = loaded_container()
    found = named_workload(container, workload, namespace)
    now = container.clock().now()
    container.shutdown_resources()
    if output is Output.JSON:
        print_json(found.key, History.of(found))
    else:
        print_text(found.key, History.of(found), now, console())


@app.command()
@with_cluster_options
def approve(
    workload: WorkloadArgument,
    candidate: Annotated[
        str | None, typer.Argument(metavar="[TAG|DIGEST]", help="Default: what waits for approval.")
    ] = None,
    namespace: NamespaceOption = None,
) -> None:
    """Approve an update that waits for approval."""
    from watch_cluster.application.commands.approve_update import ApproveUpdate, NothingToApprove
    from watch_cluster.application.ports.orchestrator.workload_reader import OrchestratorError

    container = loaded_container()
    try:
        found = named_workload(container, workload, namespace)
        approved = ApproveUpdate(container.orchestrator().writer)(found, candidate)
    except ValueError as error:
        fail(str(error), status=2)
    except (NothingToApprove, OrchestratorError) as error:
        fail(str(error))
    finally:
        container.shutdown_resources()
    print(f"approved {approved} for {found.key}")  # noqa: T201 - the command's output


@app.command()
@with_cluster_options
def release(
    workload: WorkloadArgument,
    image: Annotated[str | None, typer.Argument(metavar="[IMAGE]", help="Default: all its quarantined images.")] = None,
    namespace: NamespaceOption = None,
) -> None:
    """Allow quarantined images of a workload again."""
    from watch_cluster.application.commands.release_images import NotQuarantined, ReleaseImages
    from watch_cluster.application.ports.orchestrator.workload_reader import OrchestratorError

    container = loaded_container()
    try:
        found = named_workload(container, workload, namespace)
        released = ReleaseImages(container.orchestrator().writer)(found, image)
    except (NotQuarantined, OrchestratorError, ValueError) as error:
        fail(str(error))
    finally:
        container.shutdown_resources()
    print(f"released {', '.join(str(entry) for entry in released)} on {found.key}")  # noqa: T201
