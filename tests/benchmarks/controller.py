"""What the running controller costs beside a real API server and a real registry, and how fast it updates all at once.

`python -m tests.benchmarks.controller --help` tells the sizes. The control plane is built first, unless it was before
(8 to 14 minutes, once). Deployments want no instance, so that the figures are ours and not those of a node.
"""

from __future__ import annotations

import argparse
import os
import platform
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx
from rich.console import Console
from rich.table import Table

from tests.cluster.build import build_binary
from tests.cluster.cluster import Cluster, deployment, own_cluster
from tests.cluster.control_plane import ControlPlane
from tests.cluster.images import push, tag_again
from tests.cluster.processes import free_port, wait_until
from tests.e2e.process import WatchCluster

_NAMESPACE: Final = "benchmark"
_UNWATCHED: Final = "unwatched"
_AT_ONCE: Final = 8
_LONG: Final = 1800.0
Row = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Sizes:
    """What is there, and how it is looked at."""

    workloads: int
    others: int
    repositories: int
    tags: int
    tick: int
    ticks: int
    bare: int


def main(sizes: Sizes) -> None:
    """Measure, and print a table."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        cluster = own_cluster(build_binary(), folder)
        assert cluster.control_plane is not None
        try:
            bench = Bench(cluster, cluster.control_plane, folder, sizes)
            bench.fill()
            rows = bench.measure()
        finally:
            cluster.stop()
    title = (
        f"{sizes.workloads} watched Deployments and {sizes.others} others, {sizes.repositories} repositories of"
        f" {sizes.tags} tags, a tick every {sizes.tick} s; {os.cpu_count()} cores, Python {platform.python_version()}"
    )
    table = Table("what", "figure", "beside it", title=title)
    for row in rows:
        table.add_row(*row)
    Console(width=140).print(table)


class Bench:
    """A cluster of that size, and the process in it."""

    def __init__(self, cluster: Cluster, plane: ControlPlane, folder: Path, sizes: Sizes) -> None:
        self._cluster = cluster
        self._folder = folder
        self._sizes = sizes
        self._api = plane.admin_client()
        self._api.timeout = httpx.Timeout(60)

    def fill(self) -> None:
        """Create everything, and wait until the cluster has come to rest."""
        sizes = self._sizes
        _each(self._push, range(sizes.repositories))
        for name in (_NAMESPACE, _UNWATCHED):
            self._cluster.kubectl("create", "namespace", name)
        watched = {"watch-cluster.io/enabled": "true", "watch-cluster.io/cron": f"*/{sizes.tick} * * * * ?"}
        _each(lambda number: self._create(_NAMESPACE, number, watched), range(sizes.workloads))
        _each(lambda number: self._create(_UNWATCHED, number, {}), range(sizes.others))
        for name in (_NAMESPACE, _UNWATCHED):
            wait_until(lambda name=name: self._count(name, _is_observed) == 0, f"{name} rests", _LONG)  # type: ignore[misc]

    def measure(self) -> list[Row]:
        """Start the process, let quiet ticks go by, update everything."""
        port = free_port()
        began = time.monotonic()
        environment = {
            "KUBECONFIG": str(self._cluster.kubeconfig),
            "HEALTH_PORT": str(port),
            "MAX_CONCURRENT_ROLLOUTS": "10000",
        }
        process = WatchCluster(self._folder / "log", environment)
        try:
            wait_until(lambda: _is_ready(port), "it is ready", _LONG)
            ready, ready_cpu = time.monotonic() - began, _cpu_seconds(process.pid)
            process.leads()
            leads = time.monotonic() - began
            rows = [
                ("ready after the start", f"{ready:.1f} s", f"{ready_cpu:.1f} s of CPU; leads after {leads:.1f} s"),
                *self._quiet(process, port),
                *self._update(process, port),
            ]
            rows.append(("most memory", f"{_peak_megabytes(process.pid):.0f} MB", f"{_threads(process.pid)} threads"))
            complaints = [line for line in process.lines() if line["level"] not in {"info", "debug"}]
            rows.append(("complaints in the log", str(len(complaints)), complaints[0]["event"] if complaints else ""))
        finally:
            process.stop()
        return rows

    def _quiet(self, process: WatchCluster, port: int) -> Iterator[Row]:
        tick = self._sizes.tick
        _sleep_until_after(tick)
        _sleep_until_after(tick)
        cpu, asked, lines, writes = _cpu_seconds(process.pid), _asked(port), len(process.lines()), self._writes()
        for _ in range(self._sizes.ticks):
            _sleep_until_after(tick)
        ticks = self._sizes.ticks
        yield "CPU of a quiet tick", f"{(_cpu_seconds(process.pid) - cpu) / ticks:.2f} s", ""
        yield (
            "questions to the registry",
            f"{(_asked(port) - asked) / ticks:.0f} a tick",
            f"{self._sizes.repositories} repositories",
        )
        yield "writes to workloads", f"{self._writes() - writes}", f"in {ticks} quiet ticks"
        yield "lines of the log", f"{(len(process.lines()) - lines) / ticks:.1f} a tick", ""
        yield "memory after quiet ticks", f"{_megabytes(process.pid):.0f} MB", ""

    def _update(self, process: WatchCluster, port: int) -> Iterator[Row]:
        sizes = self._sizes
        bare = self._bare_rate()
        _sleep_until_after(sizes.tick, 0.5)
        _each(
            lambda number: tag_again(self._cluster.registry, f"app{number}", "1.0.0", "2.0.0"),
            range(sizes.repositories),
        )
        tick = (time.time() // sizes.tick + 1) * sizes.tick
        cpu = _cpu_seconds(process.pid)
        wait_until(lambda: time.time() >= tick, "the tick", sizes.tick + 1)
        slowest = 0.0
        began = time.monotonic()
        patched = 0.0
        while True:
            asked = time.monotonic()
            assert _is_ready(port)
            slowest = max(slowest, time.monotonic() - asked)
            shown = _metric(port, 'watch_cluster_rollouts_total{result="done"}')
            decided = _metric(port, 'watch_cluster_decisions_total{decision="update"}')
            if not patched and decided >= sizes.workloads:
                patched = time.monotonic() - began
            if shown >= sizes.workloads:
                break
            assert time.monotonic() - began < _LONG, f"{shown:.0f} of {sizes.workloads} after {_LONG:.0f} s"
            time.sleep(0.25)
        took = time.monotonic() - began
        yield "all patched after the tick", f"{patched:.1f} s", ""
        yield "all updated after the tick", f"{took:.1f} s", f"{_cpu_seconds(process.pid) - cpu:.1f} s of CPU"
        rate = sizes.workloads / took
        yield "updates a second", f"{rate:.0f}", f"bare loop {bare:.0f}: {100 * rate / bare:.0f} %"
        yield "slowest probe meanwhile", f"{slowest * 1000:.0f} ms", ""
        left = self._count(
            _NAMESPACE, lambda each: ":2.0.0" not in each["spec"]["template"]["spec"]["containers"][0]["image"]
        )
        yield "left behind", str(left), ""

    def _bare_rate(self) -> float:
        """How many updates a second a loop without any thought makes: the same writes to workloads of the same size."""
        merge = {"Content-Type": "application/strategic-merge-patch+json"}

        def update(number: int) -> None:
            path = f"/apis/apps/v1/namespaces/{_UNWATCHED}/deployments/app{number}"
            image = f"{self._cluster.registry}/app{number % self._sizes.repositories}:bare"
            template = {"spec": {"containers": [{"name": "app", "image": image}]}}
            record = {"metadata": {"annotations": {"example/rollout": "x" * 300}}}
            body = record | {"spec": {"template": template}}
            self._api.patch(path, json=body, headers=merge).raise_for_status()
            event = {
                "apiVersion": "events.k8s.io/v1",
                "kind": "Event",
                "metadata": {"generateName": "bare-", "namespace": _UNWATCHED},
                "eventTime": "2026-01-01T00:00:00.000000Z",
                "reportingController": "example.org/bare",
                "reportingInstance": "bare",
                "action": "Update",
                "reason": "Updated",
                "type": "Normal",
                "regarding": {"kind": "Deployment", "namespace": _UNWATCHED, "name": f"app{number}"},
                "note": "updated",
            }
            self._api.post(f"/apis/events.k8s.io/v1/namespaces/{_UNWATCHED}/events", json=event).raise_for_status()
            record["metadata"]["annotations"]["example/rollout"] = "y" * 300
            self._api.patch(path, json=record, headers=merge).raise_for_status()

        number = min(self._sizes.bare, self._sizes.others)
        began = time.monotonic()
        for each in range(number):
            update(each)
        return number / (time.monotonic() - began)

    def _push(self, number: int) -> None:
        push(self._cluster.registry, f"app{number}", "1.0.0")
        older = (f"0.{tag}.0" for tag in range(self._sizes.tags - 1))
        tag_again(self._cluster.registry, f"app{number}", "1.0.0", *older)

    def _create(self, namespace: str, number: int, annotations: dict[str, str]) -> None:
        image = f"{self._cluster.registry}/app{number % self._sizes.repositories}:1.0.0"
        document = deployment(f"app{number}", image, replicas=0)
        document["metadata"]["annotations"] = annotations
        self._api.post(f"/apis/apps/v1/namespaces/{namespace}/deployments", json=document).raise_for_status()

    def _count(self, namespace: str, wanted: Callable[[Any], bool]) -> int:
        answer = self._api.get(f"/apis/apps/v1/namespaces/{namespace}/deployments", params={"resourceVersion": "0"})
        return sum(wanted(each) for each in answer.raise_for_status().json()["items"])

    def _writes(self) -> int:
        """Count the writes to Deployments that the API server has seen, of all but its own controllers."""
        text = self._api.get("/metrics").raise_for_status().text
        lines = [line for line in text.splitlines() if line.startswith("apiserver_request_total{")]
        ours = [line for line in lines if 'resource="deployments"' in line and 'verb="PATCH"' in line]
        return sum(int(float(line.rpartition(" ")[2])) for line in ours)


def _is_observed(found: Any) -> bool:
    """Whether the Deployment is still to be looked at by its controller."""
    return bool(found["status"].get("observedGeneration", 0) < found["metadata"]["generation"])


def _each(do: Callable[[int], None], numbers: Iterable[int]) -> None:
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        list(pool.map(do, numbers))


def _sleep_until_after(tick: int, margin: float = 0.75) -> None:
    """Wait until the next tick is over, by that part of the time to the one after it."""
    now = time.time()
    end = (now // tick + 1 + margin) * tick
    wait_until(lambda: time.time() >= end, "a tick goes by", 3 * tick)


def _is_ready(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/readyz", trust_env=False, timeout=30).is_success
    except httpx.TransportError:
        return False


def _metrics(port: int) -> dict[str, float]:
    text = httpx.get(f"http://127.0.0.1:{port}/metrics", trust_env=False, timeout=30).raise_for_status().text
    lines = (line for line in text.splitlines() if not line.startswith("#"))
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}


def _metric(port: int, name: str) -> float:
    return _metrics(port).get(name, 0.0)


def _asked(port: int) -> float:
    return sum(
        value for name, value in _metrics(port).items() if name.startswith("watch_cluster_registry_requests_total")
    )


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _status(pid: int, field: str) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{field}:"))


def _peak_megabytes(pid: int) -> float:
    return _status(pid, "VmHWM") / 1000


def _megabytes(pid: int) -> float:
    return _status(pid, "VmRSS") / 1000


def _threads(pid: int) -> int:
    return _status(pid, "Threads")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    for name, default, what in (
        ("workloads", 500, "watched Deployments"),
        ("others", 500, "other Deployments"),
        ("repositories", 50, "repositories of their images"),
        ("tags", 20, "tags of each"),
        ("tick", 20, "seconds between two ticks"),
        ("ticks", 3, "quiet ticks that are measured"),
        ("bare", 500, "updates of the bare loop"),
    ):
        parser.add_argument(f"--{name}", type=int, default=default, help=what)
    main(Sizes(**vars(parser.parse_args())))
