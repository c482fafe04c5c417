"""What `watch-cluster cron` says of a schedule."""

from __future__ import annotations

import json
import re
import shlex
import textwrap
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from tests.unit.entrypoints.cli.modules import loaded_by
from watch_cluster.domain.policy.setting import DEFAULTS
from watch_cluster.domain.workload import annotation
from watch_cluster.entrypoints.main import app


def asked(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["cron", *arguments])


def told(*arguments: str) -> list[str]:
    ended = asked(*arguments)
    assert (ended.exit_code, ended.stderr) == (0, "")
    return ended.stdout.splitlines()


def test_for_people_it_says_the_schedule_in_words_and_then_the_next_five_times() -> None:
    assert told("0 */5 * * * ?", "--from", "2026-01-01T00:00:00Z") == [
        "every 5 minutes (UTC)",
        "Thu  2026-01-01T00:05:00+00:00",
        "Thu  2026-01-01T00:10:00+00:00",
        "Thu  2026-01-01T00:15:00+00:00",
        "Thu  2026-01-01T00:20:00+00:00",
        "Thu  2026-01-01T00:25:00+00:00",
    ]


def test_for_programs_it_is_json() -> None:
    lines = told("0 */5 * * * ?", "--from", "2026-01-01T00:00:00Z", "--count", "2", "--output", "json")
    assert json.loads("\n".join(lines)) == {
        "next": ["2026-01-01T00:05:00+00:00", "2026-01-01T00:10:00+00:00"],
        "words": "every 5 minutes",
        "timezone": "UTC",
    }


def test_the_times_are_those_of_the_zone_with_the_offset_of_each() -> None:
    arguments = ("--timezone", "Europe/Berlin", "--from", "2026-03-28T00:00:00", "--count", "2")
    assert told("30 4 * * *", *arguments) == [
        "at 4:30 every day (Europe/Berlin)",
        "Sat  2026-03-28T04:30:00+01:00",
        "Sun  2026-03-29T04:30:00+02:00",
    ]


@pytest.mark.parametrize(
    ("since", "expected"),
    [
        pytest.param("2026-01-01T09:00:00", "2026-01-01T10:00:00+09:00", id="no offset: a time of the zone, exclusive"),
        pytest.param("2026-01-01T00:00:00Z", "2026-01-01T10:00:00+09:00", id="UTC"),
        pytest.param("2026-01-01T01:59:59+02:00", "2026-01-01T09:00:00+09:00", id="another offset"),
        pytest.param("2026-01-01", "2026-01-01T01:00:00+09:00", id="a date is its midnight"),
        pytest.param("20260101T085959,5", "2026-01-01T09:00:00+09:00", id="the short form, with parts of a second"),
    ],
)
def test_the_start_is_read_in_the_zone_unless_it_has_an_offset(since: str, expected: str) -> None:
    [_, line] = told("0 0 * * * ?", "--timezone", "Asia/Seoul", "--from", since, "--count", "1")
    assert line.endswith(f"  {expected}")


def test_without_a_start_it_is_now() -> None:
    before = datetime.now(UTC)
    [_, line] = told("* * * * * ?", "--count", "1")
    assert timedelta(0) < datetime.fromisoformat(line[5:]) - before < timedelta(minutes=1)


def test_the_zone_is_that_of_a_workload_that_names_none() -> None:
    [words] = told("0 0 0 1 1 ? 2020", "--from", "2026-01-01")[:1]
    assert words.endswith(f"({DEFAULTS[annotation.TIMEZONE]})")


@pytest.mark.parametrize(
    ("count", "times"), [pytest.param("3", 2, id="fewer"), pytest.param("2", 2, id="as many as there are")]
)
def test_a_schedule_that_ends_tells_that_there_are_no_more_when_more_were_asked_for(count: str, times: int) -> None:
    lines = told("0 0 0 1 1 ? 2027-2028", "--from", "2026-01-01", "--count", count)
    assert lines[1:3] == ["Fri  2027-01-01T00:00:00+00:00", "Sat  2028-01-01T00:00:00+00:00"]
    assert lines[1 + times :] == (["There are no more."] if int(count) > times else [])


def test_a_schedule_that_is_over_has_no_times() -> None:
    arguments = ("0 0 0 1 1 ? 2020", "--from", "2026-01-01")
    assert told(*arguments)[1:] == ["There are no more."]
    assert json.loads("".join(told(*arguments, "--output", "json")))["next"] == []


def test_as_many_as_a_thousand_times_are_told() -> None:
    assert len(told("* * * * * ?", "--from", "2026-01-01", "--count", "1000")) == 1001


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        pytest.param(("soon",), "cron 'soon': 1 field: write 6 or 7", id="no schedule"),
        pytest.param(("0 0 0 30 2 ?",), "there is no such date", id="a schedule that never fires"),
        pytest.param(("* * * * *\x1b[2J",), r"day of week '*\x1b[2J' is not allowed", id="signs that drive a terminal"),
        pytest.param(("* * * * *", "--timezone", "Mars"), "--timezone 'Mars' is not known", id="no zone"),
        pytest.param(("* * * * *", "--timezone", ""), "--timezone '' is not known", id="empty zone"),
        pytest.param(("* * * * *", "--timezone", "Europe"), "--timezone 'Europe' is not known", id="a folder of zones"),
        pytest.param(("* * * * *", "--timezone", "../UTC"), "--timezone '../UTC' is not known", id="a path"),
        pytest.param(("* * * * *", "--from", "noon"), "--from 'noon' is no time: write ISO 8601", id="no time"),
        pytest.param(("* * * * *", "--from", "0001-01-01"), "'0001-01-01' is too far away", id="long ago"),
        pytest.param(("* * * * *", "--from", "9999-12-31T23:59:59-12:00"), "is too far away", id="the end of dates"),
        pytest.param(("* * * * *", "--count", "0"), "--count '0' is not allowed: write 1-1000", id="none"),
        pytest.param(("* * * * *", "--count", "1001"), "--count '1001' is not allowed", id="too many"),
        pytest.param(("* * * * *", "--count", "-1"), "--count '-1' is not allowed", id="fewer than none"),
        pytest.param(("* * * * *", "--count", "some"), "--count 'some' is not allowed", id="no number"),
        pytest.param(("* * * * *", "--count", "٣"), "--count '٣' is not allowed", id="a digit of another script"),
        pytest.param(("* * * * *", "--count", "9" * 5000), "is not allowed: write 1-1000", id="an absurd number"),
    ],
)
def test_bad_input_is_told_in_one_line_and_nothing_else_is(arguments: tuple[str, ...], fault: str) -> None:
    ended = asked(*arguments)
    assert (ended.exit_code, ended.stdout) == (2, "")
    [line] = ended.stderr.splitlines()
    assert line.startswith("watch-cluster: ")
    assert fault in line


def test_all_faults_are_told_at_once() -> None:
    ended = asked("soon", "--timezone", "Mars", "--from", "noon", "--count", "some", "--output", "json")
    assert (ended.exit_code, ended.stdout) == (2, "")
    starts = [" ".join(line.split()[:2]) for line in ended.stderr.splitlines()]
    assert starts == [f"watch-cluster: {what}" for what in ("cron", "--timezone", "--from", "--count")]


DOCUMENT = (Path(__file__).parents[4] / "docs" / "schedules.md").read_text()
SHOWN = re.findall(r"^    \$ watch-cluster (.+)\n((?:    [^$\n].*\n)+)", DOCUMENT, re.MULTILINE)


@pytest.mark.parametrize(("command", "output"), SHOWN, ids=[command for command, _ in SHOWN])
def test_what_the_document_shows_is_what_comes_out(command: str, output: str) -> None:
    ended = CliRunner().invoke(app, shlex.split(command))
    assert ended.stdout == textwrap.dedent(output)


def test_the_document_shows_all_kinds_of_output() -> None:
    assert len(SHOWN) == 3


def test_it_answers_without_what_only_a_cluster_or_a_registry_needs() -> None:
    command = "from typer.testing import CliRunner\nfrom watch_cluster.entrypoints.main import app\n"
    loaded = loaded_by(f"{command}assert CliRunner().invoke(app, ['cron', '* * * * *']).exit_code == 0")
    assert "croniter" in loaded
    assert not loaded & {"dependency_injector", "httpcore", "httpx", "kubernetes", "msgspec", "structlog", "urllib3"}


def test_its_own_modules_do_without_pydantic() -> None:
    # typer reads the arguments of any command with it.
    loaded = loaded_by("import watch_cluster.entrypoints.cli.cron, watch_cluster.adapters.cron.scheduler")
    assert "croniter" in loaded
    assert not loaded & {"kubernetes", "httpx", "pydantic"}
