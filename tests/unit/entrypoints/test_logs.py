"""Log lines of the process, and those of the libraries in it."""

from __future__ import annotations

import json
import logging
from typing import Literal

import pytest
import structlog

from watch_cluster.entrypoints.logs import configure_logs

pytestmark = pytest.mark.usefixtures("logs_put_back")


def test_prints_json_without_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("info", "auto")
    structlog.get_logger().info("started leading", identity="me")

    line = json.loads(capsys.readouterr().err)
    assert {**line, "timestamp": ""} == {"event": "started leading", "identity": "me", "level": "info", "timestamp": ""}
    assert line["timestamp"].endswith("Z")


def test_prints_text_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("info", "console")
    structlog.get_logger().info("started leading", identity="me")

    line = capsys.readouterr().err
    assert "started leading" in line
    assert not line.startswith("{")


def test_omits_lines_below_the_level(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("warning", "json")
    structlog.get_logger().info("quiet")
    structlog.get_logger().warning("loud")

    assert [json.loads(line)["event"] for line in capsys.readouterr().err.splitlines()] == ["loud"]


def test_formats_library_logs_and_omits_their_requests(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("debug", "json")
    logging.getLogger("httpx").info("GET https://me:secret@registry.example/")
    logging.getLogger("asyncio").warning("slow")

    [line] = capsys.readouterr().err.splitlines()
    assert json.loads(line)["event"] == "slow"


def test_tracebacks_contain_no_variable_values(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("info", "json")
    password = "correct horse"

    def fail() -> None:
        secret = password
        raise RuntimeError(len(secret))

    try:
        fail()
    except RuntimeError:
        structlog.get_logger().exception("failed")

    text = capsys.readouterr().err
    assert json.loads(text)["exception"][0]["exc_type"] == "RuntimeError"
    assert password not in text


@pytest.mark.parametrize("style", ["console", "json"])
def test_untrusted_text_moves_no_cursor_and_breaks_no_line(
    capsys: pytest.CaptureFixture[str], style: Literal["console", "json"]
) -> None:
    configure_logs("info", style)
    evil = "\x1b[2J\nforged line \u202e \ud800"
    try:
        int(evil)
    except ValueError:
        structlog.get_logger().exception(f"tag {evil}", why=evil, tags=[evil])
    logging.getLogger("asyncio").warning(evil)

    written = capsys.readouterr().err

    assert not any(line.startswith("forged") for line in written.splitlines())
    assert "\x1b[2J" not in written
    assert "\u202e" not in written
    assert "\ud800" not in written
