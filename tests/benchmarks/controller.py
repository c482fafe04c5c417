"""What the running controller costs beside a real API server and a real registry, and how fast it updates all at once.

`python -m tests.benchmarks.controller --help` tells the sizes.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator

from tests.benchmarks.bench import LONG_SECONDS, UNWATCHED, Bench, Row, Running, Sizes, add_numbers, filled, show
from tests.cluster.processes import wait_until

_NEW = "2.0.0"


def measure(bench: Bench, ticks: int, bare: int) -> Iterator[Row]:
    """Start the process, let quiet ticks go by, update everything."""
    running = bench.start()
    wait_until(lambda: running.ready, "it is ready", LONG_SECONDS)
    ready, ready_cpu = time.monotonic() - running.began, running.cpu_seconds
    running.process.leads()
    leads = time.monotonic() - running.began
    yield "ready after the start", f"{ready:.1f} s", f"{ready_cpu:.1f} s of CPU; leads after {leads:.1f} s"
    yield from _quiet(bench, running, ticks)
    yield from _update(bench, running, bare)
    yield "most memory", f"{running.peak_megabytes:.0f} MB", f"{running.threads} threads"
    complaints = running.complaints
    yield "complaints in the log", str(len(complaints)), complaints[0] if complaints else ""


def _quiet(bench: Bench, running: Running, ticks: int) -> Iterator[Row]:
    bench.tick()
    bench.tick()
    cpu, asked, lines, writes = running.cpu_seconds, _asked(running), len(running.process.lines()), _writes(bench)
    for _ in range(ticks):
        bench.tick()
    yield "CPU of a quiet tick", f"{(running.cpu_seconds - cpu) / ticks:.2f} s", ""
    asked = (_asked(running) - asked) / ticks
    yield "questions to the registry", f"{asked:.0f} a tick", f"{bench.sizes.repositories} repositories"
    yield "writes to workloads", f"{_writes(bench) - writes}", f"in {ticks} quiet ticks"
    yield "lines of the log", f"{(len(running.process.lines()) - lines) / ticks:.1f} a tick", ""
    yield "memory after quiet ticks", f"{running.megabytes:.0f} MB", ""


def _update(bench: Bench, running: Running, number_of_bare: int) -> Iterator[Row]:
    sizes = bench.sizes
    bare = _bare_rate(bench, min(number_of_bare, sizes.others))
    bench.tick(0.5)
    bench.publish(_NEW)
    tick = (time.time() // sizes.tick + 1) * sizes.tick
    cpu = running.cpu_seconds
    wait_until(lambda: time.time() >= tick, "the tick", sizes.tick + 1)
    slowest = patched = 0.0
    began = time.monotonic()
    while True:
        asked = time.monotonic()
        assert running.ready
        slowest = max(slowest, time.monotonic() - asked)
        if not patched and running.metric('watch_cluster_decisions_total{decision="update"}') >= sizes.workloads:
            patched = time.monotonic() - began
            patched_cpu = running.cpu_seconds - cpu
            yield "all patched after the tick", f"{patched:.1f} s", f"{patched_cpu:.1f} s of CPU"
        done = running.metric('watch_cluster_rollouts_total{result="done"}')
        if done >= sizes.workloads:
            break
        assert time.monotonic() - began < LONG_SECONDS, f"{done:.0f} of {sizes.workloads} after {LONG_SECONDS:.0f} s"
        time.sleep(0.5)
    took = time.monotonic() - began
    yield "all updated after the tick", f"{took:.1f} s", f"{running.cpu_seconds - cpu:.1f} s of CPU"
    rate = sizes.workloads / took
    yield "updates a second", f"{rate:.0f}", f"bare loop {bare:.0f}: {100 * rate / bare:.0f} %"
    yield "slowest probe meanwhile", f"{slowest * 1000:.0f} ms", ""
    yield "left behind", str(bench.left_behind(_NEW)), ""


def _bare_rate(bench: Bench, number: int) -> float:
    """How many updates a second a loop without any thought makes: the same writes to workloads of the same size."""
    merge = {"Content-Type": "application/strategic-merge-patch+json"}

    def update(number: int) -> None:
        path = f"/apis/apps/v1/namespaces/{UNWATCHED}/deployments/app{number}"
        image = f"{bench.cluster.registry}/app{number % bench.sizes.repositories}:bare"
        template = {"spec": {"containers": [{"name": "app", "image": image}]}}
        record = {"metadata": {"annotations": {"example/rollout": "x" * 300}}}
        body = record | {"spec": {"template": template}}
        bench.api.patch(path, json=body, headers=merge).raise_for_status()
        event = {
            "apiVersion": "events.k8s.io/v1",
            "kind": "Event",
            "metadata": {"generateName": "bare-", "namespace": UNWATCHED},
            "eventTime": "2026-01-01T00:00:00.000000Z",
            "reportingController": "example.org/bare",
            "reportingInstance": "bare",
            "action": "Update",
            "reason": "Updated",
            "type": "Normal",
            "regarding": {"kind": "Deployment", "namespace": UNWATCHED, "name": f"app{number}"},
            "note": "updated",
        }
        bench.api.post(f"/apis/events.k8s.io/v1/namespaces/{UNWATCHED}/events", json=event).raise_for_status()
        record["metadata"]["annotations"]["example/rollout"] = "y" * 300
        bench.api.patch(path, json=record, headers=merge).raise_for_status()

    began = time.monotonic()
    for each in range(number):
        update(each)
    return number / (time.monotonic() - began)


def _writes(bench: Bench) -> int:
    """Count the patches of Deployments that the API server has seen: its own controllers send none."""
    text = bench.api.get("/metrics").raise_for_status().text
    lines = [line for line in text.splitlines() if line.startswith("apiserver_request_total{")]
    ours = [line for line in lines if 'resource="deployments"' in line and 'verb="PATCH"' in line]
    return sum(int(float(line.rpartition(" ")[2])) for line in ours)


def _asked(running: Running) -> float:
    return running.metric("watch_cluster_registry_requests_total")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    Sizes.add_to(parser)
    add_numbers(parser, ("ticks", 3, "quiet ticks that are measured"), ("bare", 500, "updates of the bare loop"))
    options = parser.parse_args()
    sizes = Sizes.of(options)
    with filled(sizes) as bench:
        show(sizes, list(measure(bench, options.ticks, options.bare)))
