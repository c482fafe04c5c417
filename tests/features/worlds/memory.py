"""The world of the features in memory, with a fake clock and inline execution."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from dependency_injector import providers

from tests.fakes.executor import InlineExecutor
from tests.fakes.image_registry import FakeImageRegistry
from tests.fakes.notifier import RecordingNotifier
from tests.fakes.orchestrator import FakeOrchestrator
from tests.fakes.outbox import RecordingOutbox
from tests.fakes.timing import FakeClock
from tests.features.worlds.channels import Channels
from tests.features.worlds.controller import ControllerView
from tests.features.worlds.git import WithGit
from tests.features.worlds.world import DEADLINE, password_of
from tests.signatures.keys import public_key, statement
from watch_cluster.adapters.memory.behavior import Behavior
from watch_cluster.adapters.memory.digest_log import MemoryDigestLog
from watch_cluster.adapters.memory.failure_memory import InProcessFailureMemory
from watch_cluster.adapters.memory.leadership import SoleLeadership
from watch_cluster.adapters.memory.push_inbox import MemoryPushInbox
from watch_cluster.application.ports.orchestrator.orchestrator import Orchestrator
from watch_cluster.application.ports.orchestrator.signing_keys import KeyUnavailable
from watch_cluster.application.ports.registry.image_registry import RegistryError, RegistryUnavailable
from watch_cluster.domain.images.credential import Credential
from watch_cluster.domain.images.origin import ImageOrigin
from watch_cluster.domain.images.platform import Node, Platform
from watch_cluster.domain.images.reference import ImageReference, Repository
from watch_cluster.domain.policy.values.verification import PublicKey, SecretKeyRef
from watch_cluster.domain.rollout.record.record import RolloutRecord
from watch_cluster.domain.workload import annotation
from watch_cluster.domain.workload.replica import digests_running_in
from watch_cluster.domain.workload.workload import Container as WorkloadContainer
from watch_cluster.domain.workload.workload import ManagedFromGit, Workload, WorkloadKey
from watch_cluster.entrypoints.container.container import Container
from watch_cluster.entrypoints.controller.requeues import shortest
from watch_cluster.entrypoints.controller.work_queue import Task
from watch_cluster.entrypoints.settings.settings import Settings

REGISTRY: Final = "registry.example"
BEHAVIOURS: Final = {
    "good": Behavior(),
    "slow": Behavior(ready_after=timedelta(minutes=2)),
    "never-ready": Behavior(gets_ready=False),
    "crash": Behavior(crashes_after=timedelta()),
    "crash-later": Behavior(crashes_after=timedelta(seconds=25)),
}
STEP: Final = timedelta(seconds=5)


@dataclass
class LoginsInMemory:
    """Implements the port `PullCredentials` with pull secrets and the service account of all workloads."""

    logins: dict[str, Credential] = field(default_factory=dict)
    of_account: tuple[str, ...] = ()

    def candidates(self, workload: Workload, repository: Repository) -> tuple[Credential, ...]:  # noqa: ARG002
        secrets = workload.pull_secrets or self.of_account
        return tuple(self.logins[each] for each in secrets if each in self.logins)


@dataclass
class KeysInMemory:
    """Implements the port `SigningKeys` with the Secrets of all workloads."""

    known: dict[str, PublicKey] = field(default_factory=dict)

    def read(self, workload: Workload, reference: SecretKeyRef) -> PublicKey:  # noqa: ARG002
        if str(reference) not in self.known:
            raise KeyUnavailable(f"there is no {reference}")
        return self.known[str(reference)]


class MemoryWorld(ControllerView, WithGit):
    """Implements `World` with the controller of the real container and adapters in memory."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._clock = FakeClock(datetime(2031, 1, 1, 0, 1, tzinfo=UTC))
        self._registry = FakeImageRegistry()
        self._orchestrator = FakeOrchestrator(self._clock, pull=self._pull)
        self._credentials = LoginsInMemory()
        self._keys_of_owners = KeysInMemory()
        self._closed = False
        self._outbox = RecordingOutbox()
        self._channels = Channels()
        self._folder = folder
        self._digest_log = MemoryDigestLog()
        self._notifier = RecordingNotifier()
        self._container: Container | None = None
        self._killed: list[Container] = []
        """Their folders are removed when the scenario ends."""
        self._leadership = SoleLeadership()
        self._failures = InProcessFailureMemory()
        self._keys: dict[str, WorkloadKey] = {}
        self._most_rollouts = 10
        self._orchestrator.may_remove = False

    def now(self) -> datetime:
        return self._clock.now()

    def set_time(self, moment: datetime) -> None:
        self._clock.set(moment)

    def pass_time(self, duration: timedelta) -> None:
        end = self._clock.now() + duration
        while self._clock.now() < end:
            rest = end - self._clock.now()
            self._clock.advance(min(rest, max(STEP, self._quiet_for(rest))))
            self._settle()

    def _quiet_for(self, longest: timedelta) -> timedelta:
        """Return for how long neither a workload nor the controller has anything to do."""
        if not self._orchestrator.is_steady():
            return timedelta()
        if self._container is None:
            return longest
        due = self._container.use_cases.check_schedule().next_due()
        pauses = [self._container.requeues().next_after(), None if due is None else due - self._clock.now()]
        return shortest(pauses, longest)

    def eventually(self, condition: Callable[[], bool], what: str) -> None:
        self._settle()
        end = self._clock.now() + timedelta(minutes=4)
        while not condition():
            assert self._clock.now() < end, what
            self.pass_time(STEP)

    def publish(self, repository: str, tag: str, behavior: str = "good") -> None:
        name = f"{REGISTRY}/{repository}"
        self._registry.repositories[name] = (*self._registry.repositories.get(name, ()), tag)
        if self._closed:
            self._registry.readers.setdefault(name, set())
        self._orchestrator.behave(f"{name}:{tag}", BEHAVIOURS[behavior])

    def publish_for(self, repository: str, tag: str, architectures: tuple[str, ...]) -> None:
        self.publish(repository, tag)
        platforms = frozenset(Platform.of("linux", each) for each in architectures)
        self._registry.built_for[self.digest(f"{repository}:{tag}")] = platforms

    def publish_built(self, repository: str, tag: str, built: datetime) -> None:
        self.publish(repository, tag)
        self._registry.built_at[self.digest(f"{repository}:{tag}")] = built

    def publish_from(self, repository: str, tag: str, source: str) -> None:
        self.publish(repository, tag)
        self._registry.origins[self.digest(f"{repository}:{tag}")] = ImageOrigin.of({"source": source})

    def have_nodes(self, architectures: tuple[str, ...]) -> None:
        self._orchestrator.machines = tuple(Node(Platform.of("linux", each)) for each in architectures)

    def publish_nothing(self, repository: str) -> None:
        self._registry.repositories[f"{REGISTRY}/{repository}"] = ()

    def republish(self, repository: str, tag: str) -> None:
        name = f"{REGISTRY}/{repository}:{tag}"
        before = self.digest(f"{repository}:{tag}")
        self._registry.digests[name] = f"sha256:{hashlib.sha256(before.encode()).hexdigest()}"

    def digest(self, image: str) -> str:
        return self._digest_for_anybody(ImageReference.parse(self.reference(image)))

    def close_registry(self) -> None:
        self._closed = True

    def permit(self, user: str, repository: str) -> None:
        self._registry.readers[f"{REGISTRY}/{repository}"].add(Credential(user, password_of(user)))

    def give_login(self, secret: str, user: str, password: str | None = None) -> None:
        self._credentials.logins[secret] = Credential(user, password or password_of(user))

    def sign(self, image: str, signer: str) -> None:
        digest = self.digest(image)
        self._registry.signed[digest] = (statement(signer, digest),)

    def give_key(self, secret: str, signer: str) -> None:
        key = replace(public_key(signer), name=f"{secret}/cosign.pub of namespace default")
        self._keys_of_owners.known[f"{secret}/cosign.pub"] = key

    def give_account(self, secret: str) -> None:
        self._credentials.of_account = (secret,)

    def count_requests(self) -> None:
        self._registry.listed.clear()

    def request_count(self, repository: str) -> int:
        return sum(str(each) == f"{REGISTRY}/{repository}" for each in self._registry.listed)

    def registry_down(self) -> None:
        for name in self._registry.repositories:
            self._registry.faults[name] = RegistryUnavailable(f"{name}: the registry cannot be reached")

    def registry_back(self) -> None:
        self._registry.faults.clear()

    def deploy(
        self,
        name: str,
        image: str,
        written: Mapping[str, str],
        deadline: timedelta | None = DEADLINE,
        *,
        always_pulled: bool = False,
        owner: str | None = None,
        kind: str = "Deployment",
        pull_secret: str | None = None,
    ) -> None:
        namespace, _, short = name.rpartition("/")
        self._keys[name] = WorkloadKey(namespace or "default", kind, short)
        containers = [WorkloadContainer("app", self.reference(image), always_pulled)]
        unverifiable = "only later Jobs run what it says now" if kind == "CronJob" else None
        self._orchestrator.create(self.key(name), containers, written, deadline=deadline, unverifiable=unverifiable)
        self._orchestrator.set_owner(self.key(name), owner)
        self._orchestrator.set_pull_secrets(self.key(name), () if pull_secret is None else (pull_secret,))
        self._settle()

    def have_namespaces(self, *names: str) -> None:
        """All there are, are watched."""

    def apply_from_git(self, name: str) -> None:
        manager = ManagedFromGit("Flux", "Kustomization flux-system/apps", "spec.ignore of the Kustomization")
        self._orchestrator.set_manager(self.key(name), manager)
        self._settle()

    def scale(self, name: str, replicas: int) -> None:
        self._orchestrator.scale(self.key(name), replicas)
        self._settle()

    def runs(self, name: str) -> set[str | None]:
        running = digests_running_in(self._orchestrator.replicas(self.key(name)) or (), "app")
        return {each.digest if each is not None else None for each in running}

    def annotate(self, name: str, written: Mapping[str, str]) -> None:
        self._orchestrator.annotate(self.key(name), written)
        self._settle()

    def annotate_namespace(self, written: Mapping[str, str | None]) -> None:
        self._orchestrator.annotate_namespace("default", written)
        self._settle()

    def pause(self, name: str, *, paused: bool) -> None:
        self._orchestrator.pause(self.key(name), paused=paused)
        self._settle()

    def set_image(self, name: str, image: str) -> None:
        self._orchestrator.set_image(self.key(name), "app", self.reference(image))
        self._settle()

    def undo(self, name: str) -> None:
        self._orchestrator.undo(self.key(name))
        self._settle()

    def limit_replicas(self, most: int | None) -> None:
        self._orchestrator.limit("default", most)
        self._settle()

    def limit_rollouts(self, most: int) -> None:
        self._most_rollouts = most

    def permit_removal(self) -> None:
        self._orchestrator.may_remove = True

    def soaks(self, name: str) -> bool:
        assert self._container is not None
        workload = self._orchestrator.find(self.key(name))
        record = None if workload is None else RolloutRecord.of(workload)
        progress = None if record is None else self._container.use_cases.states().of(self.key(name)).progress_of(record)
        return progress is not None and progress.healthy

    def delete(self, name: str) -> None:
        self._orchestrator.delete(self.key(name))
        self._settle()

    def halt(self, name: str) -> None:
        self._settle()
        workload = self._orchestrator.find(self.key(name))
        assert workload is not None
        assert not workload.progress.complete

    def image(self, name: str) -> str:
        return self._orchestrator.image_of(self.key(name), "app")

    def annotation(self, name: str, key: str) -> str | None:
        workload = self._orchestrator.find(self.key(name))
        return workload.annotations.get(key) if workload is not None else None

    def written_by_us(self, name: str) -> bool:
        return any(self.annotation(name, key) is not None for key in annotation.WRITTEN)

    def events(self, name: str) -> list[tuple[str, str]]:
        return [(each.reason.value, each.message) for each in self._notifier.events if each.workload == self.key(name)]

    def start(self) -> None:
        if self._container is not None:
            return
        self._leadership = SoleLeadership(self._leadership.tick)
        self._outbox.forget()
        self._container = Container(
            settings=Settings(
                MAX_CONCURRENT_ROLLOUTS=self._most_rollouts,
                GIT_REPOSITORIES=self.declarations,
                NOTIFICATIONS=self._channels.file(self._folder),
            ),
            clock=providers.Object(self._clock),
            orchestrator=self._orchestrator_ports(),
            registry=providers.Object(self._registry),
            notifier=providers.Object(self._notifier),
            outbox=providers.Object(self._outbox),
            inbox=providers.Object(MemoryPushInbox()),
            digest_log=providers.Object(self._digest_log),
            credentials=providers.Object(self._credentials),
            signing_keys=providers.Object(self._keys_of_owners),
            leadership=providers.Object(self._leadership),
            memory=providers.Object(self._failures),
            executors=providers.Object(dict.fromkeys(Task, InlineExecutor())),
        )
        self._channels.connect(self._container, self._outbox)
        self._container.controller().start()
        self._settle()

    def stop(self) -> None:
        if self._container is not None:
            self._container.controller().close()
            self._container.shutdown_resources()
            self._container = None

    def kill(self) -> None:
        if self._container is not None:
            self._killed.append(self._container)
        self._container = None
        self._orchestrator.close()

    def close(self) -> None:
        self.stop()
        for container in self._killed:
            container.shutdown_resources()
        self.close_git()

    def named(self, name: str) -> str:
        return str(self.key(name))

    def _see_pushes(self, container: Container) -> None:
        container.use_cases.check_pushed()()
        self._settle()

    def reference(self, image: str) -> str:
        return f"{REGISTRY}/{image}"

    def _orchestrator_ports(self) -> providers.Object[Orchestrator]:
        return providers.Object(self._orchestrator.ports())

    def key(self, name: str) -> WorkloadKey:
        return self._keys.get(name, WorkloadKey("default", "Deployment", name))

    def _pull(self, image: ImageReference) -> str | None:
        try:
            return self._digest_for_anybody(image)
        except RegistryError:
            return None

    def _digest_for_anybody(self, image: ImageReference) -> str:
        readers = tuple(self._registry.readers.get(str(image.repository), ()))
        return self._registry.digest(image.repository, image.effective_tag or "", readers)

    def _settle(self) -> None:
        self._orchestrator.settle()
        if self._container is None:
            return
        if self._channels:
            self._container.digest_watch().send()
        controller = self._container.controller()
        controller.run_once()
        while not controller.idle:
            controller.run_once()
