"""The loop: when it acts and when not, and what it does with work that fails."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

import pytest
from dependency_injector import providers
from structlog.testing import capture_logs

from tests.fakes.executor import InlineExecutor
from tests.fakes.image_registry import FakeImageRegistry
from tests.fakes.notifier import RecordingNotifier
from tests.fakes.orchestrator import FakeOrchestrator
from tests.fakes.timing import FakeClock
from watch_cluster.adapters.memory.failure_memory import InProcessFailureMemory
from watch_cluster.adapters.memory.leadership import SoleLeadership
from watch_cluster.adapters.oci.auth.docker_config import NoCredentials
from watch_cluster.application.ports.orchestrator.workload_reader import OrchestratorUnavailable
from watch_cluster.application.ports.orchestrator.workload_writer import ChangeConflict
from watch_cluster.application.state.workload_state import WorkloadStates
from watch_cluster.domain.workload import annotation
from watch_cluster.domain.workload.workload import Container as WorkloadContainer
from watch_cluster.domain.workload.workload import WorkloadKey
from watch_cluster.entrypoints.container.container import Container
from watch_cluster.entrypoints.controller.controller import Controller
from watch_cluster.entrypoints.controller.executors import Executor, Job
from watch_cluster.entrypoints.controller.work_queue import Task
from watch_cluster.entrypoints.settings.settings import Settings

SHOP = WorkloadKey("default", "Deployment", "shop")
CART = WorkloadKey("default", "Deployment", "cart")
WATCHED = {annotation.ENABLED: "true"}
FIVE_MINUTES = timedelta(minutes=5)


class LateOrchestrator(FakeOrchestrator):
    """Is synced only once a test says so."""

    seen = True

    def synced(self) -> bool:
        return self.seen


class ManualExecutor:
    """Holds work until `run`."""

    def __init__(self) -> None:
        self.waiting: list[Callable[[], None]] = []

    def submit(self, jobs: Iterable[Job]) -> None:
        self.waiting.extend(work for work, _ in jobs)

    def run(self) -> None:
        while self.waiting:
            self.waiting.pop(0)()


class World:
    """A controller with everything around it in memory."""

    def __init__(
        self, *, tick: datetime | None = None, checks: Executor | None = None, reconciles: Executor | None = None
    ) -> None:
        self.clock = FakeClock()
        self.orchestrator = LateOrchestrator(self.clock)
        self.registry = FakeImageRegistry({f"registry.example/{name}": ("1", "2") for name in ("shop", "cart")})
        self.leadership = SoleLeadership(tick)
        self.notifier = RecordingNotifier()
        self._container = Container(
            settings=Settings(),
            clock=providers.Object(self.clock),
            orchestrator=providers.Object(self.orchestrator.ports()),
            registry=providers.Object(self.registry),
            notifier=providers.Object(self.notifier),
            credentials=providers.Object(NoCredentials()),
            leadership=providers.Object(self.leadership),
            memory=providers.Object(InProcessFailureMemory()),
            executors=providers.Object(
                {Task.RECONCILE: reconciles or InlineExecutor(), Task.CHECK: checks or InlineExecutor()}
            ),
        )

    @property
    def controller(self) -> Controller:
        return self._container.controller()

    @property
    def states(self) -> WorkloadStates:
        states: WorkloadStates = self._container.use_cases.states()
        return states

    def deploy(self, key: WorkloadKey) -> None:
        image = f"registry.example/{key.name}:1"
        self.orchestrator.create(key, [WorkloadContainer("app", image)], WATCHED)

    def wait(self, duration: timedelta) -> None:
        self.clock.advance(duration)
        self.orchestrator.settle()
        self.run_once()

    def run_once(self) -> None:
        """Run everything that is due, and what follows from it."""
        self.controller.run_once()
        while not self.controller.idle:
            self.controller.run_once()

    def tag(self, key: WorkloadKey) -> str:
        return self.orchestrator.image_of(key, "app").rpartition(":")[2]


@pytest.fixture
def world() -> World:
    world = World()
    world.deploy(SHOP)
    world.deploy(CART)
    return world


def test_checks_what_is_due_while_this_process_leads(world: World) -> None:
    world.controller.start()
    world.run_once()
    world.wait(FIVE_MINUTES - timedelta(seconds=1))
    assert (world.tag(SHOP), world.tag(CART)) == ("1", "1")

    world.wait(timedelta(seconds=1))
    assert (world.tag(SHOP), world.tag(CART)) == ("2", "2")


def test_a_process_that_does_not_lead_does_nothing(world: World) -> None:
    world.wait(FIVE_MINUTES)
    assert world.tag(SHOP) == "1"
    assert world.registry.queries == []


def test_a_standby_process_ignores_changes(world: World) -> None:
    world.controller.start()
    world.leadership.close()
    world.orchestrator.annotate(SHOP, {annotation.CRON: "0 * * * * ?"})
    world.controller.run_once()
    assert world.controller.idle


def test_a_process_that_has_not_seen_the_cluster_yet_does_nothing(world: World) -> None:
    world.orchestrator.seen = False
    world.controller.start()
    world.wait(FIVE_MINUTES)
    assert world.leadership.tick is None

    world.orchestrator.seen = True
    world.run_once()
    world.wait(FIVE_MINUTES)
    assert world.tag(SHOP) == "2"


def test_a_process_that_loses_leadership_stops_and_resumes_when_it_leads_again(world: World) -> None:
    with capture_logs() as logs:
        world.controller.start()
        world.run_once()
        world.leadership.close()
        world.wait(FIVE_MINUTES)
        assert world.tag(SHOP) == "1"

        world.leadership.start()
        world.run_once()

    assert world.tag(SHOP) == "2", "the check that was missed meanwhile is made up for"
    expected = {"reconciling all workloads", "stopped reconciling"}
    assert [each["event"] for each in logs if each["event"] in expected] == [
        "reconciling all workloads",
        "stopped reconciling",
        "reconciling all workloads",
    ]


@pytest.mark.parametrize("late", [timedelta(minutes=1), timedelta(hours=1)], ids=["a minute", "an hour"])
def test_a_new_process_makes_up_for_what_was_missed_since_the_last_tick(late: timedelta) -> None:
    world = World(tick=FakeClock().now())
    world.deploy(SHOP)
    world.clock.advance(FIVE_MINUTES + late)
    world.controller.start()
    world.run_once()
    assert world.tag(SHOP) == "2"


def test_a_tick_from_the_future_holds_nothing_back() -> None:
    world = World(tick=FakeClock().now() + timedelta(days=400))
    world.deploy(SHOP)
    world.controller.start()
    world.run_once()
    world.wait(FIVE_MINUTES)
    assert world.tag(SHOP) == "2"


def test_the_tick_waits_until_every_workload_was_looked_at() -> None:
    reconciles = ManualExecutor()
    world = World(reconciles=reconciles)
    world.deploy(SHOP)
    world.controller.start()
    world.controller.run_once()
    world.controller.run_once()
    assert world.leadership.tick is None

    reconciles.run()
    world.controller.run_once()
    assert world.leadership.tick == world.clock.now()


def test_a_check_that_is_due_again_while_it_runs_keeps_the_tick_until_it_was_done_again() -> None:
    checks = ManualExecutor()
    world = World(checks=checks)
    world.deploy(SHOP)
    world.controller.start()
    world.controller.run_once()
    start = world.clock.now()
    for _ in range(2):
        world.clock.advance(FIVE_MINUTES)
        world.controller.run_once()
    assert len(checks.waiting) == 1

    assert world.leadership.tick is not None
    assert world.leadership.tick < start + FIVE_MINUTES
    checks.run()
    world.controller.run_once()
    assert world.leadership.tick == world.clock.now()


@pytest.mark.parametrize(
    "fault", [OrchestratorUnavailable("not now"), ChangeConflict("changed meanwhile")], ids=["unavailable", "conflict"]
)
def test_a_check_that_could_not_act_is_done_again_before_long(
    world: World, fault: OrchestratorUnavailable | ChangeConflict
) -> None:
    world.controller.start()
    world.run_once()
    world.orchestrator.fault = fault
    with capture_logs() as logs:
        world.wait(FIVE_MINUTES)
        for _ in range(3):
            world.wait(timedelta(seconds=5))
    requeued = [each for each in logs if each["event"] == "requeued" and each["workload"] == str(SHOP)]
    assert [each["why"] for each in requeued] == [str(fault)] * len(requeued)
    assert len(requeued) == 4, "after 1, 2 and 4 seconds at the earliest"

    world.orchestrator.fault = None
    world.wait(timedelta(minutes=1))
    assert (world.tag(SHOP), world.tag(CART)) == ("2", "2")


def test_a_defect_met_by_one_workload_stops_no_other(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    apply = world.orchestrator.apply

    def broken(key: WorkloadKey, change: object) -> None:
        if key == SHOP:
            raise ZeroDivisionError
        apply(key, change)  # type: ignore[arg-type]

    monkeypatch.setattr(world.orchestrator, "apply", broken)
    world.controller.start()
    world.run_once()
    with capture_logs() as logs:
        world.wait(FIVE_MINUTES)

    assert (world.tag(SHOP), world.tag(CART)) == ("1", "2")
    [failed] = [each for each in logs if each["event"] == "failed"]
    assert (failed["workload"], failed["log_level"]) == (str(SHOP), "error")


def test_a_workload_that_opts_out_before_its_retry_is_ignored(world: World) -> None:
    world.controller.start()
    world.run_once()
    world.orchestrator.fault = OrchestratorUnavailable("not now")
    world.wait(FIVE_MINUTES)
    world.orchestrator.fault = None
    world.orchestrator.annotate(SHOP, {annotation.ENABLED: "false"})
    world.wait(FIVE_MINUTES)
    assert (world.tag(SHOP), world.tag(CART)) == ("1", "2")


def test_a_shutdown_writes_the_tick_and_releases_the_lease(world: World) -> None:
    world.controller.start()
    world.run_once()
    world.clock.advance(timedelta(minutes=1))
    world.controller.stop()
    world.controller.run()
    world.controller.close()

    assert world.leadership.tick == world.clock.now()
    assert not world.leadership.leads()


def test_a_stop_does_not_wait_for_ever_for_work_that_hangs() -> None:
    world = World(checks=ManualExecutor())
    world.deploy(SHOP)
    world.controller.start()
    world.run_once()
    world.clock.advance(FIVE_MINUTES)
    world.controller.run_once()
    with capture_logs() as logs:
        world.controller.close(timedelta(milliseconds=10))

    assert any("before all tasks had finished" in each["event"] for each in logs)
    assert world.leadership.tick is not None
    assert world.leadership.tick < world.clock.now(), "the check is still to be done, by whoever leads next"


@pytest.mark.parametrize("by", [timedelta(hours=1), -timedelta(hours=1)], ids=["forward", "back"])
def test_a_clock_that_is_set_by_an_hour_delays_no_check_and_is_logged(world: World, by: timedelta) -> None:
    world.controller.start()
    world.run_once()
    world.wait(timedelta(seconds=10))
    with capture_logs() as logs:
        world.clock.jump(by)
        world.run_once()
        world.wait(FIVE_MINUTES)
    assert (world.tag(SHOP), world.tag(CART)) == ("2", "2")
    [entry] = [each for each in logs if "clock was set" in each["event"]]
    assert entry["by"] == "1:00:00"
    assert world.leadership.tick == world.clock.now()


def test_requeues_by_the_monotonic_clock(world: World) -> None:
    world.controller.start()
    world.run_once()
    world.orchestrator.fault = OrchestratorUnavailable("not now")
    world.wait(FIVE_MINUTES)
    world.orchestrator.fault = None
    world.clock.jump(-timedelta(hours=1))
    world.wait(timedelta(seconds=5))
    assert (world.tag(SHOP), world.tag(CART)) == ("2", "2")


def test_an_error_that_all_share_is_logged_once() -> None:
    world = World()
    for number in range(100):
        world.deploy(WorkloadKey("default", "Deployment", f"shop{number}"))
        world.registry.repositories[f"registry.example/shop{number}"] = ("1", "2")
    world.controller.start()
    world.run_once()
    world.orchestrator.fault = OrchestratorUnavailable("not now")
    with capture_logs() as logs:
        world.wait(FIVE_MINUTES)
    assert len([each for each in logs if each["log_level"] == "warning"]) == 1


@pytest.mark.parametrize("leave", ["delete", "opt out"])
def test_nothing_is_remembered_of_workloads_that_failed_and_then_left(leave: str) -> None:
    world = World()
    keys = [WorkloadKey("default", "Deployment", f"shop{number}") for number in range(50)]
    for key in keys:
        world.registry.repositories[f"registry.example/{key.name}"] = ("1", "2")
        world.deploy(key)
    world.controller.start()
    world.run_once()
    world.orchestrator.fault = OrchestratorUnavailable("not now")
    with capture_logs():
        world.wait(FIVE_MINUTES)
        for _ in range(3):
            world.wait(timedelta(seconds=5))
    assert len(world.states) == 50
    assert any(world.states.of(key).failures for key in keys)

    for key in keys:
        if leave == "delete":
            world.orchestrator.delete(key)
        else:
            world.orchestrator.annotate(key, {annotation.ENABLED: "false"})
    world.orchestrator.fault = None
    world.run_once()
    world.wait(FIVE_MINUTES)
    assert len(world.states) == 0
