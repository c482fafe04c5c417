"""The report of a fleet."""

from __future__ import annotations

import json
from html.parser import HTMLParser

import pytest

from tests.fakes.image_registry import FakeImageRegistry
from tests.unit.entrypoints.cli.test_check import World
from watch_cluster.adapters.cron.scheduler import CronScheduler
from watch_cluster.adapters.re2.tag_patterns import compile_tag_pattern
from watch_cluster.application.check.check_all import CheckAll
from watch_cluster.application.commands.list_workloads import ListWorkloads
from watch_cluster.application.commands.report_fleet import FleetReport, ReportFleet, ReportRow
from watch_cluster.application.state.policy_cache import PolicyCache
from watch_cluster.application.state.workload_state import WorkloadStates
from watch_cluster.domain.policy.policy_reader import PolicyReader
from watch_cluster.domain.update.distance import Distance, Level
from watch_cluster.domain.workload.workload import WorkloadKey
from watch_cluster.entrypoints.output.report import distance_text, report_html, report_json, report_markdown

KEY = WorkloadKey("default", "Deployment", "shop")


@pytest.fixture
def fleet() -> FleetReport:
    world = World()
    world.registry = FakeImageRegistry({"registry.example/shop": ("1.0.0", "1.0.1", "1.1.0", "2.0.0")})
    world.deploy("current", "registry.example/shop:2.0.0", enabled="true")
    world.deploy("minor", "registry.example/shop:1.0.0", enabled="true", strategy="version-lock-major")
    world.deploy("major", "registry.example/shop:1.0.0", enabled="true")
    world.deploy("held", "registry.example/shop:1.0.0", enabled="true", mode="notify")
    world.deploy("burnt", "registry.example/shop:2.0.0", enabled="true", quarantine="registry.example/shop:3.0.0")
    world.deploy("lost", "registry.example/lost:1.0.0", enabled="true")
    world.deploy("ignored", "registry.example/shop:1.0.0")
    return report_of(world)


def report_of(world: World) -> FleetReport:
    listing = ListWorkloads(
        world.orchestrator,
        PolicyCache(PolicyReader(compile_tag_pattern), WorkloadStates()),
        CronScheduler(),
        world.clock,
    )
    checks: CheckAll = world.check_all()
    return ReportFleet(checks, listing, world.clock)(None, lambda _done, _total: None)


def test_the_farthest_behind_comes_first(fleet: FleetReport) -> None:
    behind = report_markdown(fleet).partition("## Behind")[2].partition("##")[0]
    assert [name for line in behind.splitlines() for name in ("major", "minor") if f"/{name}`" in line] == [
        "major",
        "minor",
    ]
    assert "`3 versions (major)`" in behind
    assert "ignored" not in report_markdown(fleet)


def test_the_summary_counts_each(fleet: FleetReport) -> None:
    summary = report_markdown(fleet).splitlines()[2]
    assert "6 watched, 3 behind, 2 held, 2 up to date, 1 with quarantined images" in summary


def test_programs_get_the_same(fleet: FleetReport) -> None:
    document = json.loads(report_json(fleet))
    rows = {row["workload"].rpartition("/")[2]: row for row in document["workloads"]}
    assert rows["minor"]["behind"] == {"level": "minor", "versions": 2}
    assert rows["held"]["reason"] == "notify only"
    assert rows["lost"]["candidate"] is None
    assert document["quarantined"][0]["images"] == ["registry.example/shop:3.0.0"]


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: set[str] = set()

    def handle_starttag(self, tag: str, attrs: object) -> None:  # noqa: ARG002 - what the parser calls
        self.seen.add(tag)


def test_untrusted_text_is_not_markup(fleet: FleetReport) -> None:
    evil = ReportRow(KEY, "app", "shop:1", None, None, "unauthorised", "<script>`|[x](javascript:1)\x1b[31m</td>")
    report = FleetReport(fleet.made, (evil,), ())
    tags = _Tags()
    tags.feed(report_html(report))
    assert "script" not in tags.seen
    assert "\x1b" not in report_html(report) + report_markdown(report)
    [row] = [line for line in report_markdown(report).splitlines() if "unauthorised" in line]
    assert row.count("|") == 5
    assert row.count("`") == 8


def test_an_empty_fleet_has_no_tables(fleet: FleetReport) -> None:
    empty = FleetReport(fleet.made, (), ())
    assert "<table>" not in report_html(empty)
    assert "|" not in report_markdown(empty)


@pytest.mark.parametrize(
    ("distance", "text"),
    [
        (None, ""),
        (Distance(Level.DIGEST, 1), "new digest"),
        (Distance(Level.MINOR, 1), "1 version (minor)"),
        (Distance(Level.OTHER, 2), "2 versions"),
    ],
)
def test_reports_how_far_behind(distance: Distance | None, text: str) -> None:
    assert distance_text(distance) == text
