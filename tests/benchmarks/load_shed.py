"""By how much a namespace full of broken workloads delays the checks of another one.

`python -m tests.benchmarks.load_shed [WORKLOADS]` prints the figures. Of the broken ones half have annotations that
cannot be read, and half have images at as many registries that take connections and never answer.
"""

from __future__ import annotations

import socket
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Any, Final

from tests.cluster.build import build_binary
from tests.cluster.cluster import Cluster, deployment, own_cluster
from tests.cluster.processes import wait_until
from tests.e2e.process import WatchCluster
from tests.servers.registry import RegistryServer, Reply, Seen, tags_reply

TICK_SECONDS: Final = 5
_TICKS: Final = 8
_SOUND: Final = 20
_APPLIED_AT_ONCE: Final = 100


def main(broken: int) -> None:
    """Measure with the sound workloads alone, and then beside the broken ones."""
    with tempfile.TemporaryDirectory() as name, RegistryServer() as registry, silent_registries() as port:
        folder = Path(name)
        cluster = own_cluster(build_binary(), folder)
        try:
            for namespace in ("sound", "broken"):
                cluster.kubectl("create", "namespace", namespace)
            delays = Delays(registry)
            _apply(cluster, "sound", [(f"{registry.host}/app{number}:1.0.0", {}) for number in range(_SOUND)])
            process = WatchCluster(folder / "log", {"KUBECONFIG": str(cluster.kubeconfig), "REGISTRY_TIMEOUT": "10000"})
            try:
                process.leads()
                _print(f"{_SOUND} sound workloads alone", delays.measure())
                bad: list[tuple[str, dict[str, str]]] = [
                    ("SHOP//", {"strategy": "newest"}) if number % 2 else (f"{_host(number, port)}/app:1.0.0", {})
                    for number in range(broken)
                ]
                _apply(cluster, "broken", bad)
                _print(f"beside {broken} broken ones, when they are new", delays.measure())
                _print(f"beside {broken} broken ones, later", delays.measure())
            finally:
                process.stop()
        finally:
            cluster.stop()


class Delays:
    """How long after each tick the sound workloads' registry is asked."""

    def __init__(self, registry: RegistryServer) -> None:
        self._asked: list[float] = []
        for number in range(_SOUND):
            registry.on_tags(self._answer, repository=f"app{number}")

    def measure(self) -> list[float]:
        """Give the longest delay of each of the next ticks, in seconds."""
        start = (time.time() // TICK_SECONDS + 1) * TICK_SECONDS
        end = start + _TICKS * TICK_SECONDS
        wait_until(lambda: time.time() >= end - 0.5, "the ticks go by", (_TICKS + 2) * TICK_SECONDS)
        by_tick: dict[int, float] = {}
        for asked in list(self._asked):
            tick, delay = divmod(asked - start, TICK_SECONDS)
            if 0 <= tick < _TICKS:
                by_tick[int(tick)] = max(delay, by_tick.get(int(tick), 0.0))
        assert len(by_tick) == _TICKS, f"only the ticks {sorted(by_tick)} of {_TICKS} were kept"
        return [by_tick[tick] for tick in sorted(by_tick)]

    def _answer(self, _: Seen) -> Reply:
        self._asked.append(time.time())
        return tags_reply(["1.0.0"])


@contextmanager
def silent_registries() -> Iterator[int]:
    """Take connections at every address of loopback, and never answer; the port."""
    with socket.create_server(("0.0.0.0", 0), backlog=1000) as server:  # noqa: S104 - all of loopback
        kept: list[socket.socket] = []

        def take() -> None:
            while True:
                try:
                    kept.append(server.accept()[0])
                except OSError:
                    return

        Thread(target=take, daemon=True).start()
        yield server.getsockname()[1]


def _host(number: int, port: int) -> str:
    return f"127.1.{number // 250}.{number % 250 + 1}:{port}"


def _apply(cluster: Cluster, namespace: str, workloads: list[tuple[str, dict[str, str]]]) -> None:
    documents: list[dict[str, Any]] = []
    for number, (image, settings) in enumerate(workloads):
        document = deployment(f"app{number}", image, replicas=0)
        written = {"enabled": "true", "cron": f"*/{TICK_SECONDS} * * * * ?"} | settings
        document["metadata"] |= {
            "namespace": namespace,
            "annotations": {f"watch-cluster.io/{key}": value for key, value in written.items()},
        }
        documents.append(document)
    for start in range(0, len(documents), _APPLIED_AT_ONCE):
        cluster.kubectl.apply(*documents[start : start + _APPLIED_AT_ONCE])


def _print(what: str, delays: list[float]) -> None:
    told = " ".join(f"{delay:.2f}" for delay in delays)
    print(f"{what}: the last is asked for after {told} s of each tick of {TICK_SECONDS} s")  # noqa: T201


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)
