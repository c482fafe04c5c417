"""The same attacks on shares with the real threads, registry client and webhooks, and no cluster: they take seconds."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from threading import Thread
from typing import Any, Final

import pytest
from dependency_injector import providers

from tests.cluster.processes import wait_until
from tests.fakes.notifier import RecordingNotifier
from tests.fakes.orchestrator import FakeOrchestrator
from tests.hostile.figures import report
from tests.hostile.hanging_registry import HangingRegistry
from tests.servers.registry import RegistryServer, Reply
from tests.servers.webhook_receiver import WebhookReceiver
from watch_cluster.adapters.cron.clock import SystemClock
from watch_cluster.adapters.memory.behavior import Behavior
from watch_cluster.adapters.memory.failure_memory import InProcessFailureMemory
from watch_cluster.adapters.memory.leadership import SoleLeadership
from watch_cluster.adapters.oci.auth.docker_config import NoCredentials
from watch_cluster.domain.policy.rollout_settings import RolloutSettings
from watch_cluster.domain.rollout.changes import new_record
from watch_cluster.domain.rollout.record.failure import Failure, FailureCause
from watch_cluster.domain.rollout.record.lifecycle import Milestone, RolloutState
from watch_cluster.domain.rollout.record.record import RolloutRecord
from watch_cluster.domain.workload import annotation
from watch_cluster.domain.workload.workload import Container, ImageChange, Workload, WorkloadKey
from watch_cluster.entrypoints.container.container import Container as Process
from watch_cluster.entrypoints.demo.registry import EmbeddedRegistry
from watch_cluster.entrypoints.settings.settings import Settings

SHOP: Final = WorkloadKey("honest", "Deployment", "shop")
LONGEST_DELAY_SECONDS: Final = 20.0
SLOW_SECONDS: Final = 8.0
MANY_TAGS: Final = 60_000
WATCHED: Final = {annotation.ENABLED: "true", annotation.CRON: "* * * * * ?", annotation.SOAK: "0"}


class PartlySlowRegistry(EmbeddedRegistry):
    """A registry that takes its time for some repositories."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = 0
        """How many requests for slow repositories it has got."""

    def tags(self, repository: str) -> list[str]:
        if repository.startswith("slow-"):
            self.asked += 1
            time.sleep(SLOW_SECONDS)
        return super().tags(repository)


class Site:
    """The honest shop, hostile workloads beside it, and the controller with all its threads."""

    def __init__(self, webhook: str) -> None:
        self.registry = PartlySlowRegistry()
        self.orchestrator = FakeOrchestrator(SystemClock())
        self.notifier = RecordingNotifier()
        self.process = Process(
            settings=Settings(
                WEBHOOK_URL=webhook,
                WEBHOOK_ENABLE_IMAGE_ROLLOUT_COMPLETED=True,
                WEBHOOK_ENABLE_IMAGE_ROLLOUT_FAILED=True,
            ),
            clock=providers.Object(SystemClock()),
            orchestrator=providers.Object(self.orchestrator.ports()),
            leadership=providers.Object(SoleLeadership()),
            memory=providers.Object(InProcessFailureMemory()),
            notifier=providers.Object(self.notifier),
            credentials=providers.Object(NoCredentials()),
        )
        self.controller = self.process.controller()
        self._thread = Thread(target=self.controller.run, daemon=True)
        self.push("1.0.0")
        self.orchestrator.create(SHOP, [Container("app", self.image("1.0.0"))], WATCHED)

    def image(self, tag: str) -> str:
        return f"{self.registry.host}/shop:{tag}"

    def push(self, tag: str) -> None:
        self.orchestrator.behave(self.image(tag), Behavior())
        self.registry.push("shop", tag, tag)

    def start(self) -> None:
        self.controller.start()
        self._thread.start()
        wait_until(self.controller.leading, "it leads", 10)

    def close(self) -> None:
        self.controller.stop()
        self._thread.join(10)
        self.controller.close()
        self.process.shutdown_resources()
        self.registry.close()

    def seconds_of_an_update(self, tag: str = "1.0.1") -> float:
        """Push a version, and tell how long it takes until the shop runs it."""

        def runs() -> bool:
            self.orchestrator.settle()
            return self.orchestrator.image_of(SHOP, "app") == self.image(tag)

        began = time.monotonic()
        self.push(tag)
        wait_until(runs, f"the shop runs {tag}", 60)
        return time.monotonic() - began

    def ended(self) -> bool:
        self.orchestrator.settle()
        workload = self.orchestrator.find(SHOP)
        record = None if workload is None else RolloutRecord.of(workload)
        return record is not None and record.state is RolloutState.DONE and not record.undelivered

    def deploy(self, namespace: str, name: str, image: str) -> Workload:
        """A hostile workload."""
        key = WorkloadKey(namespace, "Deployment", name)
        self.orchestrator.create(key, [Container("app", image)], WATCHED)
        workload = self.orchestrator.find(key)
        assert workload is not None
        return workload

    def forge(self, workload: Workload, before: str, after: str, **values: Any) -> None:
        """Write a record on a hostile workload."""
        settings = RolloutSettings(timedelta(seconds=8e8), timedelta(seconds=8e8))
        now = self.process.clock().now()
        record = new_record(workload, (ImageChange("app", before, after),), settings, now)
        self.orchestrator.annotate(workload.key, {annotation.ROLLOUT: str(replace(record, **values))})

    def is_well(self) -> bool:
        workers = self.process.workers()
        return workers.dead() is None and workers.stuck() == {}


@pytest.fixture
def receiver() -> Iterator[WebhookReceiver]:
    with WebhookReceiver() as running:
        yield running


@pytest.fixture
def site(receiver: WebhookReceiver) -> Iterator[Site]:
    made = Site(receiver.url)
    yield made
    made.close()


def test_namespaces_with_hanging_registries_leave_threads_to_the_others(site: Site) -> None:
    with HangingRegistry() as hanging:
        for namespace in range(4):
            for number in range(50):
                site.deploy(f"hostile-{namespace}", f"odd-{number}", f"{hanging.host}/odd-{namespace}-{number}:1.0.0")
        site.start()
        wait_until(lambda: len(hanging.connections) >= 4, "checks hang", 20)

        delay = site.seconds_of_an_update()

        checks = [each for each in threading.enumerate() if each.name.startswith("check-")]
        report(
            "200 workloads of 4 namespaces with hanging registries",
            delay=f"{delay:.1f} s",
            check_threads=len(checks),
        )
        assert delay < LONGEST_DELAY_SECONDS
        assert site.is_well()


@pytest.mark.parametrize(
    ("namespaces", "longest"),
    [
        pytest.param(1, SLOW_SECONDS, id="one namespace never has all requests to a host"),
        pytest.param(3, 2.5 * SLOW_SECONDS, id="of several, one slow request is waited for"),
    ],
)
def test_slow_requests_of_others_at_the_same_host_are_no_queue_to_wait_in(
    site: Site, namespaces: int, longest: float
) -> None:
    for namespace in range(namespaces):
        for number in range(20):
            site.deploy(
                f"hostile-{namespace}", f"odd-{number}", f"{site.registry.host}/slow-{namespace}-{number}:1.0.0"
            )
    site.start()
    wait_until(lambda: site.registry.asked >= 3, "slow requests are under way", 20)

    delay = site.seconds_of_an_update()

    report(f"slow requests of {namespaces} namespaces at the same registry", delay=f"{delay:.1f} s")
    assert delay < longest


def test_long_tag_lists_of_others_leave_the_processor_to_the_honest(site: Site) -> None:
    names = ",".join(f'"{each % 7}.{each % 100}.{each}-rc.{each}"' for each in range(MANY_TAGS))
    tags = Reply(body=f'{{"name":"x","tags":[{names}]}}'.encode(), headers=(("Content-Type", "application/json"),))
    with RegistryServer() as server:
        for namespace in range(4):
            for number in range(8):
                server.on_tags(tags, f"odd-{namespace}-{number}")
                site.deploy(f"hostile-{namespace}", f"odd-{number}", f"{server.host}/odd-{namespace}-{number}:1.0.0")
        site.start()
        wait_until(lambda: len(server.seen) >= 4, "lists are read", 20)

        delay = site.seconds_of_an_update()

    report(f"32 lists of {MANY_TAGS} tags", delay=f"{delay:.1f} s", read=len(server.seen))
    assert delay < LONGEST_DELAY_SECONDS
    assert site.is_well()


@pytest.mark.parametrize("before", [True, False], ids=["before the start", "while it leads"])
def test_ten_forged_running_records_leave_slots_to_the_others(site: Site, *, before: bool) -> None:
    odd = "registry.example/odd:1.0.1"
    site.orchestrator.behave(odd, Behavior(gets_ready=False))
    if not before:
        site.start()
    for number in range(10):
        workload = site.deploy("hostile", f"odd-{number}", "registry.example/odd:1.0.0")
        site.orchestrator.set_image(workload.key, "app", odd)
        site.forge(workload, "registry.example/odd:1.0.0", odd)
    if before:
        site.start()

    taken = site.process.use_cases.limiter().in_flight()
    delay = site.seconds_of_an_update()

    report("ten forged running records", before=before, slots=taken, delay=f"{delay:.1f} s")
    assert delay < LONGEST_DELAY_SECONDS
    assert taken == (10 if before else 0)


def test_forged_failures_hold_nothing_back_elsewhere(site: Site) -> None:
    now = site.process.clock().now()
    failure = Failure("it crashed", FailureCause.IMAGE, ("app",), now)
    for namespace in range(4):
        for number in range(3):
            workload = site.deploy(f"hostile-{namespace}", f"odd-{number}", "registry.example/odd:1.0.0")
            forged = {"state": RolloutState.ROLLED_BACK, "failure": failure, "ended": now}
            site.forge(workload, site.image("1.0.0"), site.image("1.0.1"), **forged)
            site.orchestrator.annotate(workload.key, {annotation.QUARANTINE: site.image("1.0.1")})
    site.start()

    delay = site.seconds_of_an_update()

    report("12 forged failures of 4 namespaces", delay=f"{delay:.1f} s")
    assert delay < LONGEST_DELAY_SECONDS


def test_undelivered_ends_of_forged_rollouts_delay_no_webhook_of_others(site: Site, receiver: WebhookReceiver) -> None:
    now = site.process.clock().now()
    odd = "registry.example/odd:1.0.1"
    for number in range(90):
        workload = site.deploy("hostile", f"odd-{number}", odd)
        forged = {"state": RolloutState.FAILED, "message": "\x1b[31m\u202e", "ended": now}
        site.forge(workload, "registry.example/odd:1.0.0", odd, undelivered=(Milestone.FAILED,), **forged)
        if number % 3 == 0:
            odd_record = '{"id": "\u00e9", "unreported": ["failed"]}'
            site.orchestrator.annotate(workload.key, {annotation.ROLLOUT: odd_record})
    site.start()

    delay = site.seconds_of_an_update()
    wait_until(site.ended, "the end of the honest rollout was delivered", 60)

    webhooks = [each for each in threading.enumerate() if each.name.startswith("webhook-")]
    report(
        "90 forged ends, 30 of them of odd bytes",
        delay=f"{delay:.1f} s",
        webhooks=len(receiver.received),
        webhook_threads=len(webhooks),
    )
    assert len(webhooks) == 4
    assert site.is_well()
