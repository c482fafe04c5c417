"""The controller of the real container, over a real orchestrator and a real registry; only the clock is fake."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from threading import Thread
from typing import Final

from dependency_injector import providers

from tests.cluster.processes import wait_until
from tests.fakes.outbox import RecordingOutbox
from tests.features.worlds.channels import Channels
from watch_cluster.adapters.cron.clock import SystemClock
from watch_cluster.adapters.notifications.channels.message import message_of
from watch_cluster.adapters.oci.registry import OciImageRegistry
from watch_cluster.application.state.check_schedule import CheckSchedule
from watch_cluster.domain.images.credential import Credential
from watch_cluster.domain.images.pushed import PushedRepository
from watch_cluster.domain.images.reference import Repository
from watch_cluster.domain.rollout.record.record import RolloutRecord
from watch_cluster.domain.workload import annotation
from watch_cluster.domain.workload.workload import WorkloadKey
from watch_cluster.entrypoints.container.container import Container

PATIENCE_SECONDS: Final = 90.0
SOAK: Final = "1s"
"""Where seconds are real, the default would be long."""


class CountingRegistry(OciImageRegistry):
    """Counts tag requests by repository."""

    def __init__(self) -> None:
        super().__init__()
        self.queries: Counter[str] = Counter()

    def tags(self, repository: Repository, credentials: tuple[Credential, ...] = ()) -> tuple[str, ...]:
        self.queries[str(repository)] += 1
        return super().tags(repository, credentials)


_TICK: Final = timedelta(minutes=5)
"""The default schedule fires at every multiple of it."""


class ShiftedClock(SystemClock):
    """The system clock with an offset.

    It starts a second after a tick, so that no check becomes due by itself while a scenario prepares its workloads.
    """

    def __init__(self) -> None:
        real = datetime.now(UTC)
        since_tick = (real - datetime(2000, 1, 1, tzinfo=UTC)) % _TICK
        self.ahead = _TICK - since_tick + timedelta(seconds=1)

    def now(self) -> datetime:
        return super().now() + self.ahead

    def monotonic(self) -> float:
        return super().monotonic() + self.ahead.total_seconds()


class ControllerView:
    """The part of `World` that reads the controller and what its receiver got, on any orchestrator."""

    _outbox: RecordingOutbox
    _channels: Channels
    _container: Container | None

    def key(self, name: str) -> WorkloadKey:
        """Return the key of a workload of this world."""
        raise NotImplementedError

    def named(self, name: str) -> str:
        return str(self.key(name))

    def notifications(self, name: str) -> list[tuple[str, str]]:
        ours = [each for each in self._outbox.delivered if each.workload == self.key(name)]
        return [(each.type.value, each.containers[0].image.rpartition(":")[2]) for each in ours]

    def receiver_down(self) -> None:
        self._outbox.open = False

    def receiver_back(self) -> None:
        self._outbox.open = True

    def have_channel(self, name: str, namespaces: tuple[str, ...] = (), *, every_morning: bool = False) -> None:
        self._channels.make(name, namespaces, every_morning=every_morning)

    def channel_down(self, name: str) -> None:
        self._channels.at_once[name].open = False

    def channel_back(self, name: str) -> None:
        self._channels.at_once[name].open = True

    def messages(self, name: str) -> list[tuple[str, str]]:
        arrived = self._channels.at_once[name].delivered
        return [(each.type.value, each.containers[0].image.rpartition(":")[2]) for each in arrived]

    def texts(self, name: str) -> list[str]:
        return [message_of(each).whole for each in self._channels.at_once[name].delivered]

    def digests(self, name: str) -> list[list[tuple[str, str]]]:
        arrived = self._channels.digests[name].arrived if name in self._channels.digests else []
        return [[(entry.type.value, entry.text) for entry in each.entries] for each in arrived]

    def reference(self, image: str) -> str:
        """Return the image reference as written in a workload."""
        raise NotImplementedError

    def hear_push(self, repository: str) -> None:
        assert self._container is not None
        self._container.inbox().put([PushedRepository.parse(self.reference(repository))])
        self._see_pushes(self._container)

    def _see_pushes(self, container: Container) -> None:
        """Have the controller look at pushes."""
        raise NotImplementedError

    def next_check(self, name: str) -> datetime | None:
        assert self._container is not None
        schedule: CheckSchedule = self._container.use_cases.check_schedule()
        return schedule.next_check(self.key(name))


class ControllerWorld(ControllerView):
    """The part of `World` that is about the controller."""

    def __init__(self, patience_seconds: float) -> None:
        self._patience_seconds = patience_seconds
        self._clock = ShiftedClock()
        self._outbox = RecordingOutbox()
        self._channels = Channels()
        self._counting: CountingRegistry | None = None
        self._most_rollouts = 10
        self._container: Container | None = None
        self._thread: Thread | None = None

    def build(self) -> Container:
        """Return the container of a new controller, with the clock and the outbox of this world."""
        raise NotImplementedError

    def annotation(self, name: str, key: str) -> str | None:
        """Return an annotation of the workload."""
        raise NotImplementedError

    def now(self) -> datetime:
        return self._clock.now()

    def set_time(self, moment: datetime) -> None:
        self._clock.ahead = moment - datetime.now(UTC)

    def pass_time(self, duration: timedelta) -> None:
        self._settle()
        self._clock.ahead += duration
        self._settle()

    def eventually(self, condition: Callable[[], bool], what: str) -> None:
        wait_until(condition, what, self._patience_seconds)

    def count_requests(self) -> None:
        self._counting = CountingRegistry()

    def limit_rollouts(self, most: int) -> None:
        self._most_rollouts = most

    def soaks(self, name: str) -> bool:
        assert self._container is not None
        text = self.annotation(name, annotation.ROLLOUT)
        record = None if text is None else RolloutRecord.parse(text)
        progress = None if record is None else self._container.use_cases.states().of(self.key(name)).progress_of(record)
        return progress is not None and progress.healthy

    def start(self) -> None:
        if self._container is not None:
            return
        self._outbox.forget()
        self._container = self.build()
        if self._counting is not None:
            self._container.registry.override(providers.Object(self._counting))
        self._channels.connect(self._container, self._outbox)
        controller = self._container.controller()
        controller.start()
        self._thread = Thread(target=controller.run, name="controller", daemon=True)
        self._thread.start()
        if self._channels:
            self._container.digest_watch().start()
            log, names = self._container.digest_log(), self._channels.digests.keys()
            # Until then, no digest is due.
            self.eventually(lambda: not names or names <= log.sent().keys(), "the time of each digest is kept")
        self.eventually(self._container.leadership().leads, "the controller leads")
        self._settle()

    def stop(self) -> None:
        if self._container is not None:
            self._container.digest_watch().close()
            self._container.push_watch().close()
            self._container.controller().stop()
            if self._thread is not None:
                self._thread.join(PATIENCE_SECONDS)
            self._container.controller().close()
            self._container.shutdown_resources()
            self._container = None

    def _see_pushes(self, container: Container) -> None:
        container.push_watch().start()
        container.push_watch().wake()

    def kill(self) -> None:
        """Terminate the loop at any point; release only the leadership, to avoid waiting for its expiry."""
        self.stop()

    def _settle(self) -> None:
        """Wait until all due work is done."""
        if self._container is None:
            return
        controller, check_schedule = self._container.controller(), self._container.use_cases.check_schedule()

        def settled() -> bool:
            upcoming = check_schedule.next_due()
            return controller.leading() and controller.idle and (upcoming is None or upcoming > self.now())

        self.eventually(settled, "the controller has done all that was due")
