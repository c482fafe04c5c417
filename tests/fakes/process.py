"""The whole process, wired as always, with everything around it in memory and no thread of its own."""

from __future__ import annotations

from dependency_injector import providers

from tests.fakes.executor import InlineExecutor
from tests.fakes.orchestrator import FakeOrchestrator
from watch_cluster.adapters.memory.failure_memory import InProcessFailureMemory
from watch_cluster.adapters.oci.auth.docker_config import NoCredentials
from watch_cluster.application.ports.clock import Clock
from watch_cluster.application.ports.failure_memory import FailureMemory
from watch_cluster.application.ports.leadership import Leadership
from watch_cluster.application.ports.registry.image_registry import ImageRegistry
from watch_cluster.application.ports.reporting.notifier import Notifier
from watch_cluster.application.ports.reporting.outbox import Outbox
from watch_cluster.entrypoints.container.container import Container as Process
from watch_cluster.entrypoints.controller.controller import Controller
from watch_cluster.entrypoints.controller.work_queue import Task
from watch_cluster.entrypoints.settings.settings import Settings


def process_in_memory(
    *,
    clock: Clock,
    orchestrator: FakeOrchestrator,
    registry: ImageRegistry,
    notifier: Notifier,
    outbox: Outbox,
    leadership: Leadership,
    settings: Settings | None = None,
    memory: FailureMemory | None = None,
) -> Controller:
    """Start a process that does all its work within its turns."""
    process = Process(
        settings=settings or Settings(),
        clock=providers.Object(clock),
        orchestrator=providers.Object(orchestrator.ports()),
        registry=providers.Object(registry),
        notifier=providers.Object(notifier),
        outbox=providers.Object(outbox),
        credentials=providers.Object(NoCredentials()),
        leadership=providers.Object(leadership),
        memory=providers.Object(memory or InProcessFailureMemory()),
        executors=providers.Object(dict.fromkeys(Task, InlineExecutor())),
    )
    controller = process.controller()
    controller.start()
    return controller


def settle(controller: Controller) -> None:
    """Let the process do all that it has to do now."""
    controller.run_once()
    while not controller.idle:
        controller.run_once()
