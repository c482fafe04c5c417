"""The commands that need no cluster: tags and cron."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from watch_cluster.entrypoints.cli.app import (
    Output,
    OutputOption,
    app,
    fail,
    output_width,
    settings_of_process,
)


@app.command()
def tags(
    image: Annotated[str, typer.Argument(help="An image as a workload names it, such as nginx:1.25.3-alpine.")],
    strategy: Annotated[str | None, typer.Option(help="As the annotation; version if not given.")] = None,
    constraint: Annotated[str | None, typer.Option(help="As the annotation: ^1.4, '>=1.2 <2'.")] = None,
    allow_tags: Annotated[str | None, typer.Option(help="As the annotation: a regular expression.")] = None,
    ignore_tags: Annotated[str | None, typer.Option(help="As the annotation: a regular expression.")] = None,
    prerelease: Annotated[bool, typer.Option("--prerelease", help="Allow prereleases, too.")] = False,
    variant: Annotated[str | None, typer.Option(help="As the annotation: same, or follow.")] = None,
    tag_pattern: Annotated[
        str | None, typer.Option(help="As the annotation: a regular expression with a group version.")
    ] = None,
    behind: Annotated[str | None, typer.Option(metavar="N", help="As the annotation.")] = None,
    tags_from: Annotated[
        Path | None, typer.Option(allow_dash=True, help="Read tags, one per line, instead of querying the registry.")
    ] = None,
    username: Annotated[str | None, typer.Option(metavar="NAME", help="Query the registry as this user.")] = None,
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the user's password from standard input.")
    ] = False,
    output: OutputOption = Output.TABLE,
) -> None:
    """Show which tag of an image is selected. Needs no cluster."""
    from watch_cluster.application.ports.registry.image_registry import RegistryError
    from watch_cluster.entrypoints.cli.tags import (
        InvalidTagQuery,
        TagQuery,
        print_json,
        print_text,
        read_login,
        select_tag,
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
    try:
        login = read_login(username, tags_from, password_stdin=password_stdin)
        given = {key: value for key, value in options.items() if value is not None}
        query = TagQuery.read(image, given, tags_from, login)
        selection = select_tag(query, settings_of_process)
    except InvalidTagQuery as error:
        fail(str(error), status=2)
    except RegistryError as error:
        fail(str(error))
    if output is Output.JSON:
        print_json(selection)
    else:
        print_text(selection, query.target, output_width())


@app.command()
def cron(
    expression: Annotated[str, typer.Argument(help="A quoted cron schedule: Quartz (6 or 7 fields) or Unix (5).")],
    timezone: Annotated[str, typer.Option(metavar="ZONE", help="The time zone of the schedule.")] = "UTC",
    since: Annotated[str | None, typer.Option("--from", metavar="TIME", help="The start time (default: now).")] = None,
    count: Annotated[str, typer.Option(metavar="N", help="The number of fire times to show, 1-1000.")] = "5",
    output: OutputOption = Output.TABLE,
) -> None:
    """Describe a schedule and show when it fires next."""
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
