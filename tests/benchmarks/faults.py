"""What becomes of an update of everything while the registry, the API server and the leader fail.

`python -m tests.benchmarks.faults --help` tells the sizes. Two processes run; the one that leads is killed in the
middle, and the API server is restarted under the other one.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from collections.abc import Callable, Iterator

from tests.benchmarks.bench import LONG_SECONDS, WATCHED, Bench, Row, Running, Sizes, filled, show
from tests.cluster.processes import wait_until

_NEW = "2.0.0"
_REVISION = "deployment.kubernetes.io/revision"


def measure(bench: Bench) -> Iterator[Row]:
    """Break one after the other, and look whether each workload was updated once."""
    leader = bench.start()
    leader.process.leads()
    standby = bench.start()
    wait_until(lambda: standby.ready, "the other one stands by", LONG_SECONDS)

    bench.tick()
    bench.plane.registry_server.stop()
    bench.tick(0.5)
    bench.plane.registry_server.start()
    yield "the registry was down for a tick", f"{len(leader.complaints)} complaints in the log", _sorts(leader)
    bench.tick(0.5)

    bench.publish(_NEW)
    workloads = bench.sizes.workloads
    _comes_to(bench, workloads // 3)
    began = time.monotonic()
    leader.process.kill()
    yield "the leader was killed", f"after {workloads - bench.left_behind(_NEW)} updates", ""
    standby.process.leads()
    yield "the other one leads", f"{_since(began)} later", ""

    _comes_to(bench, 2 * workloads // 3)
    bench.plane.api_server.stop()
    bench.plane.api_server.start()
    yield "the API server was restarted", f"after {workloads - bench.left_behind(_NEW)} updates", ""

    _wait(lambda: bench.left_behind(_NEW) == 0, "all are updated")
    yield "all patched", f"{_since(began)} after the kill", ""
    _wait(lambda: not any('"running"' in _record(each) for each in bench.found(WATCHED)), "all are reported")
    yield "all updated", f"{_since(began)} after the kill", ""
    revisions = Counter(each["metadata"]["annotations"][_REVISION] for each in bench.found(WATCHED))
    yield (
        "revisions of the Deployments",
        ", ".join(f"{each}: {count}" for each, count in revisions.items()),
        "2 is once",
    )
    yield "Events ImageUpdated", str(_events(bench)), f"{workloads} workloads"
    yield "complaints in the log", str(len(standby.complaints)), _sorts(standby)


def _comes_to(bench: Bench, updates: int) -> None:
    _wait(lambda: bench.left_behind(_NEW) <= bench.sizes.workloads - updates, f"{updates} are updated")


def _wait(condition: Callable[[], bool], what: str) -> None:
    wait_until(condition, what, LONG_SECONDS)


def _since(began: float) -> str:
    return f"{time.monotonic() - began:.1f} s"


def _record(found: dict[str, dict[str, dict[str, str]]]) -> str:
    return found["metadata"]["annotations"].get("watch-cluster.io/rollout", '"running"')


def _events(bench: Bench) -> int:
    path = f"/apis/events.k8s.io/v1/namespaces/{WATCHED}/events"
    items = bench.api.get(path, params={"fieldSelector": "reason=ImageUpdated"}).raise_for_status().json()["items"]
    return len(items)


def _sorts(running: Running) -> str:
    return "; ".join(f"{count} times {event}" for event, count in Counter(running.complaints).most_common(4))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    Sizes.add_to(parser, tick=10)
    sizes = Sizes.of(parser.parse_args())
    with filled(sizes) as bench:
        show(sizes, list(measure(bench)))
