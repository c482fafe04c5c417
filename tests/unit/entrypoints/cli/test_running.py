"""The command line, as far as it gets without a cluster."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from watch_cluster.entrypoints.main import app

pytestmark = pytest.mark.usefixtures("logs_put_back")


def test_help_names_the_commands() -> None:
    shown = CliRunner().invoke(app, ["--help"])
    assert shown.exit_code == 0
    assert "run" in shown.output
    assert "check" in shown.output


@pytest.mark.parametrize("command", ["run", "check"])
def test_settings_that_cannot_be_used_are_told_in_one_line_each(command: str) -> None:
    ended = CliRunner().invoke(app, [command], env={"CHECK_WORKERS": "many", "LOG_LEVEL": "loud"})

    assert ended.exit_code == 2
    assert [line.partition(": ")[0] for line in ended.stderr.splitlines()] == ["watch-cluster"] * 2
    assert "CHECK_WORKERS: 'many'" in ended.stderr
    assert "LOG_LEVEL: 'loud'" in ended.stderr


@pytest.mark.parametrize("command", ["run", "check"])
def test_without_a_cluster_it_says_where_it_looked(command: str) -> None:
    ended = CliRunner().invoke(app, [command], env={"KUBECONFIG": "/nowhere/config", "KUBERNETES_SERVICE_HOST": ""})

    assert ended.exit_code == 1
    [line] = ended.stderr.splitlines()
    assert line.startswith("watch-cluster: no cluster to talk to: /nowhere/config cannot be used")


def test_an_unknown_form_of_output_is_refused() -> None:
    assert CliRunner().invoke(app, ["check", "--output", "xml"]).exit_code == 2
