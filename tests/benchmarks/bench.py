"""What the benchmarks of the running process share: a cluster and a registry of a size, and a look at the process.

The control plane is built first, unless it was before (8 to 14 minutes, once). Deployments want no instance, so that
the figures are ours and not those of a node.
"""

from __future__ import annotations

import argparse
import os
import platform
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx
from rich.console import Console
from rich.table import Table

from tests.cluster.build import build_binary
from tests.cluster.cluster import Cluster, deployment, own_cluster
from tests.cluster.control_plane import ControlPlane
from tests.cluster.processes import free_port, wait_until
from tests.cluster.registry.images import push, tag_again
from tests.e2e.process import WatchCluster

WATCHED: Final = "benchmark"
UNWATCHED: Final = "unwatched"
FIRST: Final = "1.0.0"
LONG_SECONDS: Final = 1800.0
_AT_ONCE: Final = 8
_PAGE: Final = "500"
Row = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Sizes:
    """What is there; a tick is the seconds between two fire times of all workloads."""

    workloads: int
    others: int
    repositories: int
    tags: int
    tick: int

    @classmethod
    def add_to(cls, parser: argparse.ArgumentParser, tick: int = 20) -> None:
        """Offer the options."""
        add_numbers(
            parser,
            ("workloads", 500, "watched Deployments"),
            ("others", 500, "other Deployments"),
            ("repositories", 50, "repositories of their images"),
            ("tags", 20, "tags of each"),
            ("tick", tick, "seconds between two ticks"),
        )

    @classmethod
    def of(cls, options: argparse.Namespace) -> Sizes:
        """Take what was chosen."""
        if 60 % options.tick:
            raise SystemExit(f"--tick {options.tick} does not divide a minute: use 10, 20, 30 or another part of 60")
        return cls(options.workloads, options.others, options.repositories, options.tags, options.tick)

    def __str__(self) -> str:
        return (
            f"{self.workloads} watched Deployments and {self.others} others, {self.repositories} repositories of"
            f" {self.tags} tags, a tick every {self.tick} s; {os.cpu_count()} cores, Python {platform.python_version()}"
        )


class Running:
    """The real process on a port, and what it costs."""

    def __init__(self, log: Path, kubeconfig: Path) -> None:
        self.began = time.monotonic()
        self.port = free_port()
        environment = {
            "KUBECONFIG": str(kubeconfig),
            "HEALTH_PORT": str(self.port),
            "MAX_CONCURRENT_ROLLOUTS": "10000",
        }
        self.process = WatchCluster(log, environment)

    @property
    def ready(self) -> bool:
        """Whether it has read the cluster."""
        return self.process.probe("readyz")[0] == httpx.codes.OK

    @property
    def complaints(self) -> list[str]:
        """What it logged that is worth a warning or more."""
        return [line["event"] for line in self.process.lines() if line["level"] not in {"info", "debug"}]

    def metric(self, name: str) -> float:
        """Give a figure of `/metrics`; of one with labels, those that begin so, together."""
        found = self._metrics()
        return sum(value for each, value in found.items() if each == name or each.startswith(f"{name}{{"))

    def _metrics(self) -> dict[str, float]:
        status, text = self.process.probe("metrics")
        assert status == httpx.codes.OK, text
        lines = (line for line in text.splitlines() if not line.startswith("#"))
        return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}

    @property
    def cpu_seconds(self) -> float:
        """The processor time that it has used."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    @property
    def megabytes(self) -> float:
        """The memory that it holds now."""
        return self._status("VmRSS") / 1024

    @property
    def peak_megabytes(self) -> float:
        """The most memory that it has held."""
        return self._status("VmHWM") / 1024

    @property
    def threads(self) -> int:
        """The threads that it has now."""
        return self._status("Threads")

    def _status(self, field: str) -> int:
        lines = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith(f"{field}:"))


class Bench:
    """A cluster and a registry of that size."""

    def __init__(self, cluster: Cluster, plane: ControlPlane, folder: Path, sizes: Sizes) -> None:
        self.cluster = cluster
        self.plane = plane
        self.sizes = sizes
        self.api = plane.admin_client()
        self.api.timeout = httpx.Timeout(60)
        self._folder = folder
        self._running: list[Running] = []

    def start(self) -> Running:
        """Start a process."""
        running = Running(self._folder / f"log-{len(self._running)}", self.cluster.kubeconfig)
        self._running.append(running)
        return running

    def stop(self) -> None:
        """End all processes."""
        for each in self._running:
            each.process.stop()

    def fill(self) -> None:
        """Create everything, and wait until the cluster has come to rest."""
        sizes = self.sizes
        _each(self._push, range(sizes.repositories))
        for name in (WATCHED, UNWATCHED):
            self.cluster.kubectl("create", "namespace", name)
        watched = {"watch-cluster.io/enabled": "true", "watch-cluster.io/cron": f"*/{sizes.tick} * * * * ?"}
        _each(lambda number: self._create(WATCHED, number, watched), range(sizes.workloads))
        _each(lambda number: self._create(UNWATCHED, number, {}), range(sizes.others))
        for name in (WATCHED, UNWATCHED):
            wait_until(lambda name=name: not any(map(_is_behind, self.found(name))), f"{name} rests", LONG_SECONDS)  # type: ignore[misc]

    def publish(self, tag: str) -> None:
        """Give every repository a new tag."""
        _each(
            lambda number: tag_again(self.cluster.registry, f"app{number}", FIRST, tag), range(self.sizes.repositories)
        )

    def tick(self, margin: float = 0.75) -> None:
        """Wait until the next tick is over, by that part of the time to the one after it."""
        length = self.sizes.tick
        end = (time.time() // length + 1 + margin) * length
        wait_until(lambda: time.time() >= end, "a tick goes by", 3 * length)

    def left_behind(self, tag: str) -> int:
        """Count the watched Deployments that do not run the tag."""
        images: list[str] = [each["spec"]["template"]["spec"]["containers"][0]["image"] for each in self.found(WATCHED)]
        return self.sizes.workloads - sum(image.endswith(f":{tag}") for image in images)

    def found(self, namespace: str) -> Iterator[Any]:
        """The Deployments there."""
        query = {"limit": _PAGE, "continue": ""}
        while True:
            answer = self.api.get(f"/apis/apps/v1/namespaces/{namespace}/deployments", params=query)
            page = answer.raise_for_status().json()
            yield from page["items"]
            query["continue"] = page["metadata"].get("continue", "")
            if not query["continue"]:
                return

    def _push(self, number: int) -> None:
        push(self.cluster.registry, f"app{number}", FIRST)
        older = (f"0.{tag}.0" for tag in range(self.sizes.tags - 1))
        tag_again(self.cluster.registry, f"app{number}", FIRST, *older)

    def _create(self, namespace: str, number: int, annotations: dict[str, str]) -> None:
        image = f"{self.cluster.registry}/app{number % self.sizes.repositories}:{FIRST}"
        document = deployment(f"app{number}", image, replicas=0)
        document["metadata"]["annotations"] = annotations
        self.api.post(f"/apis/apps/v1/namespaces/{namespace}/deployments", json=document).raise_for_status()


@contextmanager
def filled(sizes: Sizes) -> Iterator[Bench]:
    """Give a bench of that size, and take it down again."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        cluster = own_cluster(build_binary(), folder)
        assert cluster.control_plane is not None
        try:
            bench = Bench(cluster, cluster.control_plane, folder, sizes)
            bench.fill()
            try:
                yield bench
            finally:
                bench.stop()
        finally:
            cluster.stop()


def add_numbers(parser: argparse.ArgumentParser, *options: tuple[str, int, str]) -> None:
    """Offer options that are numbers: name, default, what it is."""
    for name, default, what in options:
        parser.add_argument(f"--{name}", type=int, default=default, help=what)


def show(sizes: Sizes, rows: Iterable[Row]) -> None:
    """Print the table."""
    table = Table("what", "figure", "beside it", title=str(sizes))
    for row in rows:
        table.add_row(*row)
    Console(width=140).print(table)


def _is_behind(found: Any) -> bool:
    """Whether the Deployment is still to be looked at by its controller."""
    return bool(found["status"].get("observedGeneration", 0) < found["metadata"]["generation"])


def _each(do: Callable[[int], None], numbers: Iterable[int]) -> None:
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        list(pool.map(do, numbers))
