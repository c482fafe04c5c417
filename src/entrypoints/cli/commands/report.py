"""`watch-cluster report`: the state of the whole fleet, to read, to mail or to put into a ticket."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from watch_cluster.entrypoints.cli.app import NamespaceOption, app, loaded_container
from watch_cluster.entrypoints.cli.cluster_options import with_cluster_options


class ReportOutput(StrEnum):
    """The output format."""

    MARKDOWN = "markdown"
    HTML = "html"
    JSON = "json"


@app.command()
@with_cluster_options
def report(
    namespace: NamespaceOption = None,
    output: Annotated[
        ReportOutput, typer.Option("--output", "-o", help="Print Markdown, an HTML page, or JSON.")
    ] = ReportOutput.MARKDOWN,
) -> None:
    """Report which images are behind, held or quarantined. Changes nothing."""
    from watch_cluster.application.commands.report_fleet import ReportFleet
    from watch_cluster.entrypoints.output.progress import progress_line
    from watch_cluster.entrypoints.output.report import report_html, report_json, report_markdown

    container = loaded_container(checks_all=True)
    try:
        with progress_line("checked") as progress:
            made = ReportFleet(container.check_all(), container.list_workloads(), container.clock())(
                namespace, progress
            )
    finally:
        container.shutdown_resources()
    formats = {
        ReportOutput.MARKDOWN: report_markdown,
        ReportOutput.HTML: report_html,
        ReportOutput.JSON: report_json,
    }
    print(formats[output](made))  # noqa: T201 - the command's output
