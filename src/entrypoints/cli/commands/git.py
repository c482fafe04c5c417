"""The command git: updates of a folder of manifests, without a cluster."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from watch_cluster.entrypoints.cli.app import app, fail, settings_of_process

UPDATED = 10
"""The exit status when there were updates, and nothing failed."""


class GitOutput(StrEnum):
    """The output format."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"


@app.command()
def git(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A folder of manifests.")],
    check: Annotated[bool, typer.Option("--check", help="Only show what would be updated (the default).")] = False,
    write: Annotated[bool, typer.Option("--write", help="Edit the files.")] = False,
    commit: Annotated[bool, typer.Option("--commit", help="Edit the files, and commit each update.")] = False,
    pull_request: Annotated[
        bool, typer.Option("--pull-request", help="Push a branch and open a pull request for each update.")
    ] = False,
    base: Annotated[
        str | None, typer.Option(metavar="BRANCH", help="Where pull requests go (default: the current branch).")
    ] = None,
    forge: Annotated[
        str | None, typer.Option(help="github, gitlab, gitea or bitbucket, if the host does not tell.")
    ] = None,
    forge_api: Annotated[str | None, typer.Option(metavar="URL", help="The address of the forge's API.")] = None,
    output: Annotated[
        GitOutput, typer.Option("--output", "-o", help="Print text, JSON, or Markdown for a comment.")
    ] = GitOutput.TEXT,
) -> None:
    """Update the images in a folder of manifests. Needs no cluster.

    Exits with status 0 if there is nothing to do, 10 if there were updates, 1 if something failed.
    """
    from watch_cluster.entrypoints.folder_run import FolderRun, GitAction, GitFailed
    from watch_cluster.entrypoints.output.git import json_text, markdown_text, plain_text

    chosen = [each for each, given in zip(GitAction, (check, write, commit, pull_request), strict=True) if given]
    if len(chosen) > 1:
        fail(f"choose one of {', '.join(f'--{each.value}' for each in chosen)}", status=2)
    action = chosen[0] if chosen else GitAction.CHECK
    settings = settings_of_process()
    try:
        report = FolderRun(folder, action, settings, base, forge, forge_api)()
    except GitFailed as error:
        fail(str(error))
    formats = {GitOutput.JSON: json_text, GitOutput.MARKDOWN: markdown_text, GitOutput.TEXT: plain_text}
    print(formats[output](report.updates, report.held))  # noqa: T201 - the command's output
    if report.failures:
        fail("\n".join(report.failures))
    if report.updates:
        raise typer.Exit(UPDATED)
