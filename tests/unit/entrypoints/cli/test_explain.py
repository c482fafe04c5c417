"""Explanations of `watch-cluster explain`."""

from __future__ import annotations

import io
import json
from contextlib import redirect_stdout
from datetime import UTC, datetime, timedelta

import pytest

from tests.fakes.image_registry import FakeImageRegistry
from tests.fakes.orchestrator import FakeOrchestrator
from tests.fakes.timing import FakeClock
from tests.unit.application.shop import checking
from watch_cluster.adapters.cron.scheduler import CronScheduler
from watch_cluster.adapters.memory.behavior import Behavior
from watch_cluster.adapters.memory.failure_memory import InProcessFailureMemory
from watch_cluster.adapters.oci.auth.docker_config import NoCredentials
from watch_cluster.application.check.explain import Explain, Explanation
from watch_cluster.application.ports.failure_memory import FailureMemory
from watch_cluster.application.registry_queries.queries import RegistryAccess
from watch_cluster.application.registry_queries.query_cache import QueryCache
from watch_cluster.application.state.check_schedule import CheckSchedule
from watch_cluster.application.state.fleet_state import FleetState
from watch_cluster.application.state.image_outcomes import ImageOutcomes
from watch_cluster.application.state.rollout_limiter import RolloutLimiter
from watch_cluster.application.state.workload_state import WorkloadStates
from watch_cluster.domain.images.origin import ImageOrigin
from watch_cluster.domain.images.reference import Repository
from watch_cluster.domain.policy.caps import Caps
from watch_cluster.domain.policy.rollout_settings import RolloutSettings
from watch_cluster.domain.rollout.changes import closed_record, new_record
from watch_cluster.domain.rollout.record.lifecycle import RolloutState
from watch_cluster.domain.workload import annotation
from watch_cluster.domain.workload.workload import Container, ImageChange, WorkloadKey
from watch_cluster.entrypoints.cli.explain import print_json, print_text

NOW = datetime(2026, 1, 1, tzinfo=UTC)
SHOP = WorkloadKey("default", "Deployment", "shop")
TAGS = ("1.0.0-alpine", "1.0.1-alpine", "1.1.0", "1.0.2-alpine", "2.0.0-alpine")


class World:
    """A workload, its namespace and a registry in memory."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.orchestrator = FakeOrchestrator(self.clock)
        self.registry = FakeImageRegistry({"registry.example/shop": TAGS})
        self.most_rollouts = 10
        self.memory: FailureMemory = InProcessFailureMemory()
        self.orchestrator.annotate_namespace("default", {annotation.STRATEGY: "version-lock-major"})

    def deploy(self, *tags: str, **settings: str) -> None:
        written = {f"{annotation.DOMAIN}/{key.replace('_', '-')}": value for key, value in settings.items()}
        containers = [
            Container(f"app{number or ''}", f"registry.example/shop:{tag}") for number, tag in enumerate(tags)
        ]
        self.orchestrator.create(SHOP, containers, {annotation.ENABLED: "true", **written})

    def explanation(self) -> Explanation:
        scheduler = CronScheduler()
        check = checking(
            self.orchestrator, RegistryAccess(self.registry, NoCredentials(), QueryCache(self.clock)), self.clock
        )
        return Explain(check, check.predecessors, scheduler, self.clock, Caps(), self.fleet())(SHOP)

    def fleet(self) -> FleetState:
        limiter = RolloutLimiter(self.most_rollouts, self.clock)
        return FleetState(
            self.orchestrator, limiter, ImageOutcomes(), CheckSchedule(CronScheduler()), WorkloadStates(), self.memory
        )

    def text(self, width: int = 200) -> str:
        output = io.StringIO()
        with redirect_stdout(output):
            print_text(self.explanation(), width)
        return output.getvalue()


@pytest.fixture
def world() -> World:
    return World()


def test_shows_settings_with_their_sources(world: World) -> None:
    world.deploy("1.0.0-alpine", timezone="Asia/Seoul")
    lines = [line.split() for line in world.text().splitlines()]
    assert ["timezone", "Asia/Seoul", "workload"] in lines
    assert ["strategy", "version-lock-major", "namespace"] in lines
    assert ["min-age", "0", "default"] in lines


def test_shows_settings_of_a_container_with_its_name(world: World) -> None:
    world.deploy("1.0.0-alpine", "1.0.0-alpine", containers="*")
    world.orchestrator.annotate(SHOP, {annotation.of_container(annotation.STRATEGY, "app1"): "version"})
    text = world.text()
    assert "container app1" in text
    assert [line.split() for line in text.splitlines() if line.startswith("strategy")] == [
        ["strategy", "version-lock-major", "namespace"],
        ["strategy", "version", "container", "app1"],
    ]


def test_shows_each_newer_tag_with_the_deciding_rule(world: World) -> None:
    world.deploy("1.0.0-alpine")
    text = world.text()
    assert "tag 1.0.0-alpine: numbers 1.0.0, variant -alpine" in text
    for words in ("2.0.0-alpine          no    the major version stays 1", "1.0.2-alpine          yes   the newest"):
        assert words in text
    assert "update to registry.example/shop:1.0.2-alpine" in text
    assert "next check: 2026-01-01T00:05:00+00:00" in text


def test_shows_why_an_update_is_held_and_until_when(world: World) -> None:
    world.deploy("1.0.0-alpine", window="0 0 2 * * ? 1h", timezone="Asia/Seoul")
    text = world.text()
    assert "held back: outside the window: container app: registry.example/shop:1.0.2-alpine is available" in text
    assert "window: closed, opens next at 2026-01-02T02:00:00+09:00" in text


def test_shows_the_workloads_that_it_comes_after(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    world.deploy("1.0.0-alpine", after="staging/Deployment/shop 3d,dev/Deployment/shop 1h")
    text = world.text()
    assert "after staging/Deployment/shop 3d: it does not exist or is not watched" in text
    assert "after dev/Deployment/shop 1h: it does not exist" in text
    print_json(world.explanation())
    [staging, dev] = json.loads(capsys.readouterr().out)["after"]
    assert (staging["workload"], staging["for"], staging["depth"]) == ("staging/Deployment/shop", "3d", 1)
    assert dev["standing"] == "it does not exist or is not watched"


def test_fits_a_narrow_terminal(world: World) -> None:
    world.deploy("1.0.0-alpine", window="0 0 2 * * ? 1h", timezone="Asia/Seoul")
    text = world.text(width=80)
    assert max(map(len, text.splitlines())) <= 80
    assert text.split() == world.text().split()


def test_shows_invalid_configuration(world: World) -> None:
    world.deploy("1.0.0-alpine", cron="at night")
    assert "held back: invalid configuration: watch-cluster.io/cron: " in world.text()


def test_prints_json(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    world.deploy("1.0.0-alpine", window="0 0 2 * * ? 1h", min_age="1h")
    print_json(world.explanation())
    document = json.loads(capsys.readouterr().out)
    assert document["workload"] == "default/Deployment/shop"
    assert {"key": "min-age", "value": "1h", "from": "workload", "container": None} in document["settings"]
    [container] = document["containers"]
    assert container["parts"] == {"numbers": "1.0.0", "variant": "-alpine"}
    assert (container["current"], container["decision"]) == ("1.0.0-alpine", "held back: too young")
    assert [(each["tag"], each["kept"]) for each in container["candidates"]] == [
        ("2.0.0-alpine", False),
        ("1.1.0", False),
        ("1.0.2-alpine", False),
        ("1.0.1-alpine", False),
    ]
    assert document["window"] == {"open": False, "next": "2026-01-01T02:00:00+00:00"}
    assert document["next_check"] == "2026-01-01T00:05:00+00:00"


def test_an_explanation_changes_nothing(world: World) -> None:
    world.deploy("1.0.0-alpine", min_age="1h")
    before = list(world.orchestrator.workloads())
    world.explanation()
    assert list(world.orchestrator.workloads()) == before


def test_shows_the_last_rollout(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    world.deploy("1.0.0-alpine")
    workload = world.orchestrator.find(SHOP)
    assert workload is not None
    step = ImageChange("app", "shop:1.0.0", "shop:1.0.1")
    failed = closed_record(
        new_record(workload, (step,), RolloutSettings(timedelta(minutes=1)), NOW),
        RolloutState.FAILED,
        "it crashed",
        NOW,
    )
    world.orchestrator.annotate(SHOP, {annotation.ROLLOUT: str(failed)})

    assert "last rollout: failed: shop:1.0.0 -> shop:1.0.1: it crashed" in world.text()
    print_json(world.explanation())
    assert json.loads(capsys.readouterr().out)["last_rollout"] == {
        "state": "failed",
        "change": "shop:1.0.0 -> shop:1.0.1",
        "message": "it crashed",
        "started": NOW.isoformat(),
        "ended": NOW.isoformat(),
    }


def test_an_update_that_would_find_no_slot_is_held() -> None:
    world = World()
    world.most_rollouts = 1
    world.deploy("1.0.1-alpine")
    other = WorkloadKey("default", "Deployment", "other")
    world.orchestrator.create(
        other, [Container("app", "registry.example/shop:1.0.1-alpine")], {annotation.ENABLED: "true"}
    )
    present = world.orchestrator.find(other)
    assert present is not None
    record = new_record(
        present,
        (ImageChange("app", "registry.example/shop:1.0.0-alpine", "registry.example/shop:1.0.1-alpine"),),
        RolloutSettings(timedelta(minutes=10)),
        NOW,
    )
    world.orchestrator.annotate(other, {annotation.ROLLOUT: str(record)})
    world.orchestrator.behave("registry.example/shop:1.1.0", Behavior(gets_ready=False))
    world.orchestrator.set_image(other, "app", "registry.example/shop:1.1.0")
    assert "held back: waiting for a slot: container app: registry.example/shop:1.0.2-alpine is" in world.text()


def test_shows_where_the_chosen_image_comes_from(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    world.deploy("1.0.0-alpine")
    chosen = world.registry.digest(Repository("registry.example", "shop"), "1.0.2-alpine")
    world.registry.origins[chosen] = ImageOrigin("https://github.com/team/shop", url="https://shop.example")

    text = world.text()
    assert "  release notes: https://github.com/team/shop/releases\n" in text
    assert "  website: https://shop.example\n" in text
    print_json(world.explanation())
    [container] = json.loads(capsys.readouterr().out)["containers"]
    assert container["origin"] == {
        "releaseNotes": "https://github.com/team/shop/releases",
        "source": "https://github.com/team/shop",
        "url": "https://shop.example",
    }
