"""The read-only commands: check, explain, tags and cron."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from watch_cluster.entrypoints.cli.app import (
    Output,
    OutputOption,
    app,
    console,
    fail,
    loaded_container,
    settings_of_process,
)


@app.command()
def check(output: OutputOption = Output.TABLE) -> None:
    """Show what a check would do for each watched workload, and why. Changes nothing."""
    from watch_cluster.entrypoints.output.check import print_json, print_table

    container = loaded_container()
    results = container.check_all()()
    container.shutdown_resources()
    if output is Output.JSON:
        print_json(results)
    else:
        print_table(results, console())


@app.command()
def explain(
    workload: Annotated[
        str, typer.Argument(metavar="NAMESPACE/KIND/NAME", help="For example default/Deployment/my-app.")
    ],
    output: OutputOption = Output.TABLE,
) -> None:
    """Explain why a workload is updated or not: its settings, all newer tags and the next check."""
    from watch_cluster.application.ports.orchestrator.workload_reader import OrchestratorUnavailable
    from watch_cluster.entrypoints.cli.explain import WorkloadNotFound, find_workload, print_json, print_text

    if workload.count("/") != 2 or not all(workload.split("/")):  # noqa: PLR2004 - as the argument is written
        fail(f"{workload!r} is not a workload: write NAMESPACE/KIND/NAME, such as default/Deployment/my-app", status=2)
    container = loaded_container()
    try:
        explanation = container.explain()(find_workload(workload, container.orchestrator().reader.workloads()))
    except (WorkloadNotFound, OrchestratorUnavailable) as error:
        fail(str(error))
    finally:
        container.shutdown_resources()
    if output is Output.JSON:
        print_json(explanation)
    else:
        print_text(explanation, console())


@app.command()
def tags(
    image: Annotated[str, typer.Argument(help="An image as a workload names it, such as nginx:1.25.3-alpine.")],
    strategy: Annotated[str | None, typer.Option(help="As the annotation; version if not given.")] = None,
    constraint: Annotated[str | None, typer.Option(help="As the annotation: ^1.4, '>=1.2 <2'.")] = None,
    allow_tags: Annotated[str | None, typer.Option(help="As the annotation: a regular expression.")] = None,
    ignore_tags: Annotated[str | None, typer.Option(help="As the annotation: a regular expression.")] = None,
    prerelease: Annotated[bool, typer.Option("--prerelease", help="Take prereleases, too.")] = False,
    variant: Annotated[str | None, typer.Option(help="As the annotation: same, or follow.")] = None,
    tag_pattern: Annotated[
        str | None, typer.Option(help="As the annotation: a regular expression with a group version.")
    ] = None,
    behind: Annotated[str | None, typer.Option(metavar="N", help="As the annotation.")] = None,
    tags_from: Annotated[
        Path | None, typer.Option(allow_dash=True, help="Read tags, one a line, instead of asking the registry.")
    ] = None,
    username: Annotated[str | None, typer.Option(metavar="NAME", help="Ask the registry as this user.")] = None,
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the user's password from standard input.")
    ] = False,
    output: OutputOption = Output.TABLE,
) -> None:
    """Tell which tag of any image would be taken, and why not the others. Needs no cluster."""
    from watch_cluster.application.ports.registry.image_registry import RegistryError
    from watch_cluster.entrypoints.cli.tags import (
        InvalidQuestion,
        Question,
        answer,
        print_json,
        print_text,
        read_login,
    )

    options = {
        "strategy": strategy,
        "constraint": constraint,
        "allow-tags": allow_tags,
        "ignore-tags": ignore_tags,
        "prerelease": "true" if prerelease else None,
        "variant": variant,
        "tag-pattern": tag_pattern,
        "behind": behind,
    }
    settings = settings_of_process()
    try:
        login = read_login(username, tags_from, password_stdin=password_stdin)
        given = {key: value for key, value in options.items() if value is not None}
        question = Question.read(image, given, tags_from, login)
        answered = answer(question, settings)
    except InvalidQuestion as error:
        fail(str(error), status=2)
    except RegistryError as error:
        fail(str(error))
    if output is Output.JSON:
        print_json(answered)
    else:
        print_text(answered, console())


@app.command()
def cron(
    expression: Annotated[str, typer.Argument(help="A quoted cron schedule: Quartz (6 or 7 fields) or Unix (5).")],
    timezone: Annotated[str, typer.Option(metavar="ZONE", help="The time zone of the schedule.")] = "UTC",
    since: Annotated[str | None, typer.Option("--from", metavar="TIME", help="The start time (default: now).")] = None,
    count: Annotated[str, typer.Option(metavar="N", help="The number of fire times to show, 1-1000.")] = "5",
    output: OutputOption = Output.TABLE,
) -> None:
    """Describe a schedule in English and show when it fires next."""
    from watch_cluster.adapters.cron.clock import SystemClock
    from watch_cluster.adapters.cron.scheduler import CronScheduler
    from watch_cluster.entrypoints.cli.cron import FireTimesQuery, InvalidQuery, preview, print_json, print_table

    try:
        query = FireTimesQuery.parse(expression, timezone, since, count, SystemClock().now())
    except InvalidQuery as error:
        fail(str(error), status=2)
    schedule = preview(query, CronScheduler())
    if output is Output.JSON:
        print_json(schedule)
    else:
        print_table(schedule)
