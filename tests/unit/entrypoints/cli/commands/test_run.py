"""The command line, as far as it gets without a cluster."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.unit.entrypoints.cli.modules import loaded_by
from watch_cluster.entrypoints.main import app

pytestmark = pytest.mark.usefixtures("logs_put_back")


def test_help_names_the_commands() -> None:
    shown = CliRunner().invoke(app, ["--help"])
    assert shown.exit_code == 0
    assert "run" in shown.output
    assert "check" in shown.output


def test_shows_the_version() -> None:
    shown = CliRunner().invoke(app, ["--version"])
    assert shown.exit_code == 0
    assert re.fullmatch(r"watch-cluster \d+\.\d+\.\d+\S*\n", shown.output)


@pytest.mark.parametrize("arguments", [["-h"], ["check", "-h"]], ids=" ".join)
def test_help_has_a_short_option(arguments: list[str]) -> None:
    assert CliRunner().invoke(app, arguments).output.startswith("Usage: ")


def test_commands_for_every_day_come_first_in_the_help() -> None:
    lines = CliRunner().invoke(app, ["--help"]).output.splitlines()
    commands = [line.split()[0] for line in lines[lines.index("Commands:") + 1 :]]
    assert commands[:3] == ["list", "check", "explain"]


def test_uses_the_kubeconfig_that_the_command_names() -> None:
    ended = CliRunner().invoke(app, ["check", "--kubeconfig", "/nowhere/else"], env={"KUBERNETES_SERVICE_HOST": ""})
    assert ended.exit_code == 1
    assert ended.stderr.startswith("watch-cluster: no cluster to talk to: /nowhere/else cannot be used")


def test_says_so_when_the_kubeconfig_has_no_such_context(tmp_path: Path) -> None:
    kubeconfig = tmp_path / "config"
    kubeconfig.write_text("{apiVersion: v1, kind: Config, clusters: [], users: [], contexts: [], current-context: ''}")
    ended = CliRunner().invoke(app, ["list", "--kubeconfig", str(kubeconfig), "--context", "production"])
    assert ended.exit_code == 1
    assert "production" in ended.stderr


@pytest.mark.parametrize("command", ["run", "check"])
def test_reports_each_invalid_setting_in_one_line(command: str) -> None:
    ended = CliRunner().invoke(app, [command], env={"CHECK_WORKERS": "many", "LOG_LEVEL": "loud"})

    assert ended.exit_code == 2
    assert [line.partition(": ")[0] for line in ended.stderr.splitlines()] == ["watch-cluster"] * 2
    assert "CHECK_WORKERS: 'many'" in ended.stderr
    assert "LOG_LEVEL: 'loud'" in ended.stderr


@pytest.mark.parametrize("command", ["run", "check"])
def test_without_a_cluster_it_names_where_it_searched(command: str) -> None:
    ended = CliRunner().invoke(app, [command], env={"KUBECONFIG": "/nowhere/config", "KUBERNETES_SERVICE_HOST": ""})

    assert ended.exit_code == 1
    [line] = ended.stderr.splitlines()
    assert line.startswith("watch-cluster: no cluster to talk to: /nowhere/config cannot be used")


def test_rejects_traces_without_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "watch_cluster.adapters.otlp.tracing", None)
    ended = CliRunner().invoke(app, ["run"], env={"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318"})

    assert ended.exit_code == 2
    assert ended.stderr.splitlines() == [
        "watch-cluster: OTEL_EXPORTER_OTLP_ENDPOINT: install the extra watch-cluster[traces], or unset the variable"
    ]


@pytest.fixture(scope="module")
def loaded_by_run() -> set[str]:
    """What a process has loaded when it begins to look for the cluster. Only tests have click, which httpx picks up."""
    return loaded_by(
        "sys.modules['click'] = None\n"
        "from typer.testing import CliRunner\nfrom watch_cluster.entrypoints.main import app\n"
        "ended = CliRunner().invoke(app, ['run'], env={'KUBECONFIG': '/nowhere', 'KUBERNETES_SERVICE_HOST': ''})\n"
        "assert ended.exit_code == 1"
    )


def test_opentelemetry_is_loaded_only_for_traces(loaded_by_run: set[str]) -> None:
    assert "kubernetes" in loaded_by_run
    assert "opentelemetry" not in loaded_by_run


def test_the_controller_does_without_the_library_that_draws_tables(loaded_by_run: set[str]) -> None:
    assert "structlog" in loaded_by_run
    assert "rich" not in loaded_by_run


def test_an_unknown_form_of_output_is_refused() -> None:
    assert CliRunner().invoke(app, ["check", "--output", "xml"]).exit_code == 2
