"""Output of `watch-cluster cron`."""

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
from watch_cluster.domain.policy.setting_specs import TIMEZONE
from watch_cluster.entrypoints.main import app


def run_cron(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["cron", *arguments])


def output_lines(*arguments: str) -> list[str]:
    ended = run_cron(*arguments)
    assert (ended.exit_code, ended.stderr) == (0, "")
    return ended.stdout.splitlines()


def test_prints_the_description_and_the_next_five_fire_times() -> None:
    assert output_lines("0 */5 * * * ?", "--from", "2026-01-01T00:00:00Z") == [
        "every 5 minutes (UTC)",
        "Thu  2026-01-01T00:05:00+00:00",
        "Thu  2026-01-01T00:10:00+00:00",
        "Thu  2026-01-01T00:15:00+00:00",
        "Thu  2026-01-01T00:20:00+00:00",
        "Thu  2026-01-01T00:25:00+00:00",
    ]


def test_prints_json() -> None:
    lines = output_lines("0 */5 * * * ?", "--from", "2026-01-01T00:00:00Z", "--count", "2", "--output", "json")
    assert json.loads("\n".join(lines)) == {
        "next": ["2026-01-01T00:05:00+00:00", "2026-01-01T00:10:00+00:00"],
        "words": "every 5 minutes",
        "timezone": "UTC",
    }


def test_prints_times_in_the_zone_with_their_offsets() -> None:
    arguments = ("--timezone", "Europe/Berlin", "--from", "2026-03-28T00:00:00", "--count", "2")
    assert output_lines("30 4 * * *", *arguments) == [
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
def test_the_start_is_in_the_zone_unless_it_has_an_offset(since: str, expected: str) -> None:
    [_, line] = output_lines("0 0 * * * ?", "--timezone", "Asia/Seoul", "--from", since, "--count", "1")
    assert line.endswith(f"  {expected}")


def test_starts_now_by_default() -> None:
    before = datetime.now(UTC)
    [_, line] = output_lines("* * * * * ?", "--count", "1")
    assert timedelta(0) < datetime.fromisoformat(line[5:]) - before < timedelta(minutes=1)


def test_the_default_zone_is_that_of_workloads() -> None:
    [words] = output_lines("0 0 0 1 1 ? 2020", "--from", "2026-01-01")[:1]
    assert words.endswith(f"({TIMEZONE.default})")


@pytest.mark.parametrize(
    ("count", "times"), [pytest.param("3", 2, id="fewer"), pytest.param("2", 2, id="as many as there are")]
)
def test_reports_that_a_schedule_ends_before_the_requested_count(count: str, times: int) -> None:
    lines = output_lines("0 0 0 1 1 ? 2027-2028", "--from", "2026-01-01", "--count", count)
    assert lines[1:3] == ["Fri  2027-01-01T00:00:00+00:00", "Sat  2028-01-01T00:00:00+00:00"]
    assert lines[1 + times :] == (["It does not fire again."] if int(count) > times else [])


def test_an_expired_schedule_has_no_fire_times() -> None:
    arguments = ("0 0 0 1 1 ? 2020", "--from", "2026-01-01")
    assert output_lines(*arguments)[1:] == ["It does not fire again."]
    assert json.loads("".join(output_lines(*arguments, "--output", "json")))["next"] == []


def test_prints_up_to_a_thousand_fire_times() -> None:
    assert len(output_lines("* * * * * ?", "--from", "2026-01-01", "--count", "1000")) == 1001


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
        pytest.param(("* * * * *", "--from", "noon"), "--from 'noon' is not a time: write ISO 8601", id="no time"),
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
def test_reports_invalid_input_in_one_line(arguments: tuple[str, ...], fault: str) -> None:
    ended = run_cron(*arguments)
    assert (ended.exit_code, ended.stdout) == (2, "")
    [line] = ended.stderr.splitlines()
    assert line.startswith("watch-cluster: ")
    assert fault in line


def test_reports_all_errors_at_once() -> None:
    ended = run_cron("soon", "--timezone", "Mars", "--from", "noon", "--count", "some", "--output", "json")
    assert (ended.exit_code, ended.stdout) == (2, "")
    starts = [" ".join(line.split()[:2]) for line in ended.stderr.splitlines()]
    assert starts == [f"watch-cluster: {what}" for what in ("cron", "--timezone", "--from", "--count")]


DOCUMENT = (Path(__file__).parents[4] / "docs" / "schedules.md").read_text()
SHOWN = re.findall(r"^    \$ watch-cluster (.+)\n((?:    [^$\n].*\n)+)", DOCUMENT, re.MULTILINE)


@pytest.mark.parametrize(("command", "output"), SHOWN, ids=[command for command, _ in SHOWN])
def test_the_documented_output_is_correct(command: str, output: str) -> None:
    ended = CliRunner().invoke(app, shlex.split(command))
    assert ended.stdout == textwrap.dedent(output)


def test_the_documentation_shows_every_output_format() -> None:
    assert len(SHOWN) == 3


def test_does_not_import_cluster_or_registry_clients() -> None:
    command = "from typer.testing import CliRunner\nfrom watch_cluster.entrypoints.main import app\n"
    loaded = loaded_by(f"{command}assert CliRunner().invoke(app, ['cron', '* * * * *']).exit_code == 0")
    assert "croniter" in loaded
    assert not loaded & {"dependency_injector", "httpcore", "httpx", "kubernetes", "msgspec", "structlog", "urllib3"}
