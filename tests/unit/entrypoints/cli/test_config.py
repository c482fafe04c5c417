"""`watch-cluster config`: what is set, what is not, and nothing secret."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from watch_cluster.entrypoints.main import app
from watch_cluster.entrypoints.settings.settings import SECRET, Settings

pytestmark = pytest.mark.usefixtures("logs_put_back")

SET = {
    "GIT_TOKEN": "s3cret",
    "WATCH_NAMESPACES": "a, b",
    "WEBHOOK_URL": "https://hooks.example/s3cret",
    "WEBHOOK_HEADERS": "Authorization=Bearer s3cret",
    "WEBHOOK_SECRET": "s3cret",
    "HTTPS_PROXY": "http://me:s3cret@proxy.example:3128",
    "HTTP_PROXY": "http://me:s3cret@proxy.example:3128",
    "WEBHOOK_ENABLE_IMAGE_ROLLOUT_FAILED": "true",
    "DEFAULT_MIN_AGE": "3d",
}


def shown(**environment: str) -> dict[str, tuple[str, str]]:
    """Each variable's value and where it comes from."""
    ended = CliRunner().invoke(app, ["config", "--output", "json"], env=environment)
    assert ended.exit_code == 0, ended.stderr
    return {each["name"]: (each["value"], each["source"]) for each in json.loads(ended.stdout)["variables"]}


def test_every_variable_is_listed_with_the_source_of_its_value() -> None:
    shown_values = shown(**SET)
    assert shown_values.keys() == Settings.variables().keys()
    assert shown_values["WATCH_NAMESPACES"] == ("a,b", "environment")
    assert shown_values["WEBHOOK_ENABLE_IMAGE_ROLLOUT_FAILED"] == ("true", "environment")
    assert shown_values["WEBHOOK_ENABLE_IMAGE_ROLLOUT_STARTED"] == ("false", "default")
    assert shown_values["DEFAULT_MIN_AGE"] == ("3d", "environment")
    assert shown_values["DEFAULT_CRON"] == ("0 */5 * * * ?", "default")
    assert shown_values["DEFAULT_WINDOW"] == ("", "default")
    assert shown_values["HEALTH_PORT"] == ("0", "default")
    assert shown_values["WEBHOOK_RETRY_COUNT"] == ("3", "default")


def test_no_secret_is_shown() -> None:
    table = CliRunner().invoke(app, ["config"], env=SET)
    assert "s3cret" not in table.stdout
    shown_values = shown(**SET)
    assert {name: shown_values[name] for name in SECRET} == dict.fromkeys(SECRET, ("(hidden)", "environment"))
    assert {shown()[name] for name in SECRET} == {("", "default")}


@pytest.mark.parametrize(
    ("url", "written"),
    [
        ("http://collector.example:4318", "http://collector.example:4318"),
        ("https://me:s3cret@collector.example", "https://(hidden)@collector.example"),
        ("https://collector.example/v1?key=s3cret", "https://collector.example/v1?(hidden)"),
        ("https://me:s3@cret@collector.example/v1?key=s3cret", "https://(hidden)@collector.example/v1?(hidden)"),
    ],
)
def test_the_login_in_the_url_of_a_collector_is_not_shown(url: str, written: str) -> None:
    assert shown(OTEL_EXPORTER_OTLP_ENDPOINT=url)["OTEL_EXPORTER_OTLP_ENDPOINT"] == (written, "environment")


def test_the_login_in_what_is_no_url_of_a_collector_is_not_shown() -> None:
    ended = CliRunner().invoke(app, ["config"], env={"OTEL_EXPORTER_OTLP_ENDPOINT": "grpc://me:s3cret@collector"})
    assert ended.exit_code == 2
    assert "s3cret" not in ended.stderr


def test_text_output_is_a_table() -> None:
    lines = CliRunner().invoke(app, ["config"], env=SET).stdout.splitlines()
    assert lines[0].split() == ["VARIABLE", "VALUE", "FROM"]
    assert ["WATCH_NAMESPACES", "a,b", "environment"] in [line.split() for line in lines]


def test_reports_invalid_settings_instead() -> None:
    ended = CliRunner().invoke(
        app, ["config"], env={"DEFAULT_STRATEGY": "newest", "DEFAULT_ALLOW_TAGS": "(", "DEFAULT_CRON": "x"}
    )
    assert ended.exit_code == 2
    assert sorted(line.split(": ")[1] for line in ended.stderr.splitlines()) == [
        "DEFAULT_ALLOW_TAGS",
        "DEFAULT_CRON",
        "DEFAULT_STRATEGY",
    ]
