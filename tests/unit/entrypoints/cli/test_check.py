"""Results of `watch-cluster check`."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from rich.console import Console

from tests.fakes.image_registry import FakeImageRegistry
from tests.fakes.orchestrator import FakeOrchestrator
from tests.fakes.timing import FakeClock
from tests.unit.application.shop import checking
from watch_cluster.adapters.cron.scheduler import CronScheduler
from watch_cluster.adapters.oci.auth.docker_config import NoCredentials
from watch_cluster.application.check.check_all import CheckAll, CheckResult
from watch_cluster.application.registry_queries.queries import RegistryAccess
from watch_cluster.application.registry_queries.query_cache import QueryCache
from watch_cluster.domain.workload import annotation
from watch_cluster.domain.workload.workload import Container, WorkloadKey
from watch_cluster.entrypoints.output.check import print_json, print_text


class World:
    """A cluster and a registry in memory."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.orchestrator = FakeOrchestrator(self.clock)
        self.registry = FakeImageRegistry({"registry.example/shop": ("1.0.0", "1.0.1")})

    def deploy(self, name: str, image: str | None, **settings: str) -> None:
        written = {f"{annotation.DOMAIN}/{key}": value for key, value in settings.items()}
        containers = [] if image is None else [Container("app", image)]
        self.orchestrator.create(WorkloadKey("default", "Deployment", name), containers, written)

    def check_all(self) -> CheckAll:
        check = checking(
            self.orchestrator, RegistryAccess(self.registry, NoCredentials(), QueryCache(self.clock)), self.clock
        )
        return CheckAll(self.orchestrator, check, CronScheduler(), self.clock, 4)

    def results(
        self, namespace: str | None = None, report: Callable[[int, int], None] = lambda _done, _total: None
    ) -> tuple[CheckResult, ...]:
        return self.check_all()(namespace, report)


@pytest.fixture
def world() -> World:
    return World()


def printed(world: World, width: int = 80, later: timedelta = timedelta()) -> str:
    console = Console(file=io.StringIO(), width=width)
    print_text(world.results(), world.clock.now() + later, console)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_a_check_that_is_due_by_now_is_next_now(world: World) -> None:
    world.deploy("shop", "registry.example/shop:1.0.0", enabled="true", cron="* * * * * ?")
    assert "next check now" in printed(world, later=timedelta(seconds=5))


def test_reports_image_candidate_and_next_check_of_an_update(world: World) -> None:
    world.deploy("shop", "registry.example/shop:1.0.0", enabled="true", cron="0 30 9 * * ?", timezone="Asia/Seoul")

    [result] = world.results()
    assert result.workload == WorkloadKey("default", "Deployment", "shop")
    assert result.decision.container == "app"
    assert result.image == "registry.example/shop:1.0.0"
    assert result.candidate == "registry.example/shop:1.0.1"
    assert str(result.decision) == "update to registry.example/shop:1.0.1"
    assert result.hold_message is None
    assert result.next_check == datetime(2026, 1, 1, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("image", "settings", "decision", "words"),
    [
        pytest.param("registry.example/shop:1.0.1", {}, "up to date", "", id="nothing newer"),
        pytest.param("registry.example/lost:1.0.1", {}, "held back: repository not found", "lost", id="no repository"),
        pytest.param("registry.example/shop:new", {}, "held back: tag not a version", "'new'", id="no version"),
        pytest.param("Shop:1", {}, "held back: invalid configuration", "'Shop:1'", id="no reference"),
        pytest.param("shop:1", {"cron": "soon"}, "held back: invalid configuration", "'soon'", id="no schedule"),
        pytest.param(None, {}, "held back: invalid configuration", "containers", id="no container"),
    ],
)
def test_reports_why_a_workload_is_not_updated(
    world: World, image: str | None, settings: dict[str, str], decision: str, words: str
) -> None:
    world.deploy("shop", image, enabled="true", **settings)

    [result] = world.results()
    assert (result.image, result.candidate, str(result.decision)) == (image, None, decision)
    assert words in (result.hold_message or "")


def test_checks_only_watched_workloads_ordered_by_name(world: World) -> None:
    for name, enabled in (("b", "true"), ("a", "true"), ("c", "false")):
        world.deploy(name, "registry.example/shop:1.0.0", enabled=enabled)

    assert [str(result.workload) for result in world.results()] == ["default/Deployment/a", "default/Deployment/b"]


def test_a_check_changes_nothing(world: World) -> None:
    world.deploy("shop", "registry.example/shop:1.0.0", enabled="true")
    before = list(world.orchestrator.workloads())

    world.results()

    assert list(world.orchestrator.workloads()) == before


def test_prints_json(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    world.deploy("shop", "registry.example/lost:1.0.0", enabled="true")

    print_json(world.results())

    [line] = json.loads(capsys.readouterr().out)["workloads"]
    assert line == {
        "workload": "default/Deployment/shop",
        "container": "app",
        "now": "registry.example/lost:1.0.0",
        "candidate": None,
        "decision": "held back: repository not found",
        "why": line["why"],
        "next_check": "2026-01-01T00:05:00+00:00",
    }
    assert "no such repository" in line["why"]


def test_prints_a_summary_and_first_what_wants_attention(world: World) -> None:
    world.deploy("fine", "registry.example/shop:1.0.1", enabled="true")
    world.deploy("lost", "registry.example/lost:1.0.0", enabled="true")
    world.deploy("shop", "registry.example/shop:1.0.0", enabled="true")

    lines = printed(world).splitlines()

    assert lines[:4] == [
        "1 update, 1 held, 1 up to date",
        "Updates",
        "  default/Deployment/shop (app)",
        "      registry.example/shop 1.0.0 → 1.0.1  next check in 5 min",
    ]
    assert lines[4:7] == [
        "Held",
        "  default/Deployment/lost (app)",
        "      registry.example/lost 1.0.0  next check in 5 min",
    ]
    assert lines[7].startswith("      held back: repository not found: registry.example/lost: ")
    assert lines[-3:] == [
        "Up to date",
        "  default/Deployment/fine (app)",
        "      registry.example/shop 1.0.1  next check in 5 min",
    ]


def test_fits_a_terminal_of_80_columns_without_cutting_a_word(world: World) -> None:
    world.deploy("shop-with-a-long-name", "registry.example/shop:1.0.0", enabled="true")
    world.deploy("misspelled", "registry.example/shop:1.0.0", enabled="true", stratgey="latest")

    text = printed(world)

    assert max(len(line) for line in text.splitlines()) <= 80
    assert "watch-cluster.io/stratgey" in text


def test_uses_one_line_for_a_workload_where_there_is_room(world: World) -> None:
    world.deploy("shop", "registry.example/shop:1.0.0", enabled="true")
    assert printed(world, width=120).splitlines()[-1] == (
        "  default/Deployment/shop (app)  registry.example/shop 1.0.0 → 1.0.1  next check in 5 min"
    )


def test_checks_one_namespace_only(world: World) -> None:
    world.deploy("shop", "registry.example/shop:1.0.0", enabled="true")
    assert len(world.results("default")) == 1
    assert world.results("other") == ()


def test_reports_how_far_it_has_come(world: World) -> None:
    for name in ("a", "b"):
        world.deploy(name, "registry.example/shop:1.0.0", enabled="true")
    reported: list[tuple[int, int]] = []

    world.results(report=lambda done, total: reported.append((done, total)))

    assert reported == [(0, 2), (1, 2), (2, 2)]


@pytest.mark.parametrize(
    ("image", "failed"),
    [("registry.example/shop:1.0.0", False), ("registry.example/lost:1.0.0", True), ("Shop:1", True)],
    ids=["an update", "no repository", "no reference"],
)
def test_distinguishes_failed_checks(world: World, image: str, failed: bool) -> None:
    world.deploy("shop", image, enabled="true")
    [result] = world.results()
    assert result.failed is failed


def test_does_not_interpret_markup(world: World) -> None:
    world.deploy("shop", "[red]Shop[/red]:1", enabled="true")
    assert "[red]Shop[/red]:1" in printed(world)


def test_says_how_to_opt_in_if_no_workload_is_watched(world: World) -> None:
    assert printed(world) == 'No workload is annotated with watch-cluster.io/enabled: "true".\n'


def test_untrusted_text_moves_no_cursor(world: World) -> None:
    world.deploy("shop", "shop:1\x1b[2J", enabled="true", strategy="\u202enewest\x9b1A")

    text = printed(world, 200)

    assert "shop:1 [2J" in text
    assert text.replace("\n", "").isprintable()
