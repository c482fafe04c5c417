"""What `watch-cluster check` says of each watched workload."""

from __future__ import annotations

import io
import json

import pytest
from rich.console import Console

from tests.fakes.image_registry import FakeImageRegistry
from tests.fakes.timing import FakeClock
from tests.unit.application.shop import checking
from watch_cluster.adapters.cron.scheduler import CronScheduler
from watch_cluster.adapters.memory.orchestrator import InMemoryOrchestrator
from watch_cluster.adapters.oci.auth.docker_config import NoCredentials
from watch_cluster.application.registry_queries.queries import RegistryAccess
from watch_cluster.application.registry_queries.query_cache import QueryCache
from watch_cluster.domain.workload import annotation
from watch_cluster.domain.workload.workload import Container, WorkloadKey
from watch_cluster.entrypoints.cli.check import CheckAll, Line, print_json, print_table


class World:
    """A cluster and a registry in memory."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.orchestrator = InMemoryOrchestrator(self.clock)
        self.registry = FakeImageRegistry({"registry.example/shop": ("1.0.0", "1.0.1")})

    def deploy(self, name: str, image: str | None, **settings: str) -> None:
        written = {f"{annotation.DOMAIN}/{key}": value for key, value in settings.items()}
        containers = [] if image is None else [Container("app", image)]
        self.orchestrator.create(WorkloadKey("default", "Deployment", name), containers, written)

    def lines(self) -> tuple[Line, ...]:
        check = checking(
            self.orchestrator, RegistryAccess(self.registry, NoCredentials(), QueryCache(self.clock)), self.clock
        )
        return CheckAll(self.orchestrator, check, CronScheduler(), self.clock, 4)()


@pytest.fixture
def world() -> World:
    return World()


def printed(lines: tuple[Line, ...]) -> str:
    console = Console(file=io.StringIO(), width=200)
    print_table(lines, console)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_an_update_is_told_with_now_candidate_and_next_check(world: World) -> None:
    world.deploy("shop", "registry.example/shop:1.0.0", enabled="true", cron="0 30 9 * * ?", timezone="Asia/Seoul")

    assert world.lines() == (
        Line(
            workload="default/Deployment/shop",
            container="app",
            now="registry.example/shop:1.0.0",
            candidate="registry.example/shop:1.0.1",
            decision="update to registry.example/shop:1.0.1",
            why=None,
            next_check="2026-01-01T00:30:00+00:00",
        ),
    )


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
def test_whatever_keeps_a_workload_as_it_is_is_told_with_the_reason(
    world: World, image: str | None, settings: dict[str, str], decision: str, words: str
) -> None:
    world.deploy("shop", image, enabled="true", **settings)

    [line] = world.lines()
    assert (line.now, line.candidate, line.decision) == (image, None, decision)
    assert words in (line.why or "")


def test_workloads_are_told_by_name_and_those_that_are_not_watched_are_not(world: World) -> None:
    for name, enabled in (("b", "true"), ("a", "true"), ("c", "false")):
        world.deploy(name, "registry.example/shop:1.0.0", enabled=enabled)

    assert [line.workload for line in world.lines()] == ["default/Deployment/a", "default/Deployment/b"]


def test_a_check_changes_nothing(world: World) -> None:
    world.deploy("shop", "registry.example/shop:1.0.0", enabled="true")
    before = list(world.orchestrator.workloads())

    world.lines()

    assert list(world.orchestrator.workloads()) == before


def test_for_programs_it_is_json(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    world.deploy("shop", "registry.example/lost:1.0.0", enabled="true")

    print_json(world.lines())

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


def test_for_people_it_is_a_table_and_the_reasons_below(world: World) -> None:
    world.deploy("shop", "registry.example/shop:1.0.0", enabled="true")
    world.deploy("lost", "registry.example/lost:1.0.0", enabled="true")

    header, lost, shop, why = printed(world.lines()).splitlines()

    assert header.split() == ["WORKLOAD", "CONTAINER", "NOW", "CANDIDATE", "DECISION", "NEXT", "CHECK"]
    assert "held back: repository not found" in lost
    assert shop.split()[2:5] == ["registry.example/shop:1.0.0", "registry.example/shop:1.0.1", "update"]
    assert why.startswith("default/Deployment/lost: container app: ")


def test_markup_in_what_others_wrote_is_shown_as_it_is(world: World) -> None:
    world.deploy("shop", "[red]Shop[/red]:1", enabled="true")
    assert "[red]Shop[/red]:1" in printed(world.lines())


def test_without_any_watched_workload_it_says_what_to_write(world: World) -> None:
    assert printed(world.lines()) == 'No workload is annotated with watch-cluster.io/enabled: "true".\n'
