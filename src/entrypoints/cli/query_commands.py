"""The commands that answer questions and change nothing."""

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
    """Tell for each watched workload what would happen now, and why. Changes nothing."""
    from watch_cluster.entrypoints.cli.check import print_json, print_table

    container = loaded_container()
    lines = container.check_all()()
    container.shutdown_resources()
    if output is Output.JSON:
        print_json(lines)
    else:
        print_table(lines, console())


@app.command()
def explain(
    workload: Annotated[str, typer.Argument(metavar="NAMESPACE/KIND/NAME", help="Such as default/Deployment/my-app.")],
    output: OutputOption = Output.TABLE,
) -> None:
    """Tell why a workload is updated, or is not: its settings, each newer tag, and what comes next."""
    from watch_cluster.application.ports.orchestrator import OrchestratorUnavailable
    from watch_cluster.entrypoints.cli.explain import NoSuchWorkload, key_named, print_json, print_text

    if workload.count("/") != 2 or not all(workload.split("/")):  # noqa: PLR2004 - as the argument is written
        fail(f"{workload!r} names no workload: write NAMESPACE/KIND/NAME, such as default/Deployment/my-app", status=2)
    container = loaded_container()
    try:
        explanation = container.explain()(key_named(workload, container.orchestrator().workloads()))
    except (NoSuchWorkload, OrchestratorUnavailable) as error:
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
    from watch_cluster.application.ports.image_registry import RegistryError
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
    expression: Annotated[str, typer.Argument(help="A cron schedule, in quotes: Quartz (6 or 7 fields) or Unix (5).")],
    timezone: Annotated[str, typer.Option(metavar="ZONE", help="The time zone it is read in.")] = "UTC",
    since: Annotated[str | None, typer.Option("--from", metavar="TIME", help="After when; now if not given.")] = None,
    count: Annotated[str, typer.Option(metavar="N", help="How many times to tell, 1-1000.")] = "5",
    output: OutputOption = Output.TABLE,
) -> None:
    """Tell in words what a schedule says, and when it fires next."""
    from watch_cluster.adapters.cron.clock import SystemClock
    from watch_cluster.adapters.cron.scheduler import CronScheduler
    from watch_cluster.entrypoints.cli.cron import InvalidQuestion, Question, answer, print_json, print_table

    try:
        question = Question.read(expression, timezone, since, count, SystemClock().now())
    except InvalidQuestion as error:
        fail(str(error), status=2)
    told = answer(question, CronScheduler())
    if output is Output.JSON:
        print_json(told)
    else:
        print_table(told)
