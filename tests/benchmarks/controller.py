"""What the running controller costs beside a real API server and a real registry while nothing changes.

`python -m tests.benchmarks.controller [WORKLOADS] [REPOSITORIES]` prints the figures. The control plane is built first,
unless it was before (8 to 14 minutes, once).
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

from tests.cluster.build import build_binary
from tests.cluster.cluster import Cluster, deployment, own_cluster
from tests.cluster.images import push
from tests.cluster.processes import wait_until
from tests.e2e.process import WatchCluster

TICK_SECONDS: Final = 15
TICKS: Final = 4
_TAGS: Final = ("1.0.0", "1.0.1-rc1", "1.0.0-alpine")
_APPLIED_AT_ONCE: Final = 100
_NAMESPACE: Final = "benchmark"


def main(workloads: int, repositories: int) -> None:
    """Watch that many Deployments of that many repositories, all of them up to date and checked at each tick."""
    with tempfile.TemporaryDirectory() as folder:
        cluster = own_cluster(build_binary(), Path(folder))
        try:
            _fill(cluster, workloads, repositories)
            _measure(cluster, Path(folder), workloads, repositories)
        finally:
            cluster.stop()


def _fill(cluster: Cluster, workloads: int, repositories: int) -> None:
    for number in range(repositories):
        for tag in _TAGS:
            push(cluster.registry, f"app{number}", tag)
    cluster.kubectl("create", "namespace", _NAMESPACE)
    documents = []
    for number in range(workloads):
        document = deployment(f"app{number}", f"{cluster.registry}/app{number % repositories}:1.0.0", replicas=0)
        document["metadata"]["namespace"] = _NAMESPACE
        document["metadata"]["annotations"] = {
            "watch-cluster.io/enabled": "true",
            "watch-cluster.io/cron": f"*/{TICK_SECONDS} * * * * ?",
        }
        documents.append(document)
    for start in range(0, workloads, _APPLIED_AT_ONCE):
        cluster.kubectl.apply(*documents[start : start + _APPLIED_AT_ONCE])


def _measure(cluster: Cluster, folder: Path, workloads: int, repositories: int) -> None:
    began = time.monotonic()
    process = WatchCluster(folder / "log", {"KUBECONFIG": str(cluster.kubeconfig)})
    try:
        process.leads()
        ready = time.monotonic() - began
        wait_until(lambda: time.monotonic() - began > 2 * TICK_SECONDS, "the first ticks are over", 3 * TICK_SECONDS)
        used, measured = _cpu_seconds(process.pid), time.monotonic()
        end = measured + TICKS * TICK_SECONDS
        wait_until(lambda: time.monotonic() > end, "the ticks are over", (TICKS + 1) * TICK_SECONDS)
        per_tick = (_cpu_seconds(process.pid) - used) / TICKS
        complaints = sum(line["level"] != "info" for line in process.lines())
        print(  # noqa: T201 - what the benchmark is for
            f"{workloads} watched Deployments of {repositories} repositories, all up to date, checked every"
            f" {TICK_SECONDS} s: leads {ready:.1f} s after its start, {_peak_megabytes(process.pid):.0f} MB at most,"
            f" {per_tick:.2f} s of CPU for each tick, {complaints} complaints in the log"
        )
    finally:
        process.stop()


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _peak_megabytes(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1000


if __name__ == "__main__":
    main(*(int(each) for each in (*sys.argv[1:], *("500", "50")[len(sys.argv) - 1 :])))
