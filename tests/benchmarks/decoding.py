"""What it costs to read an API server's list of Deployments: time and memory, as a person would ask for them.

`python -m tests.benchmarks.decoding [NUMBER]` prints the figures.
"""

from __future__ import annotations

import json
import sys
import time
import tracemalloc
from typing import Any, Final

from watch_cluster.adapters.kubernetes.client.api import KubernetesApi
from watch_cluster.adapters.kubernetes.resources.workloads.kinds import DEPLOYMENT
from watch_cluster.adapters.kubernetes.resources.workloads.workload_reading import WatchedWorkload
from watch_cluster.adapters.kubernetes.watch.listing import list_all

PAGE: Final = 500


def main(number: int) -> None:
    """Read that many Deployments, half of them watched, in pages as an API server gives them."""
    starts = range(0, number, PAGE)
    pages = [_page(start, min(PAGE, number - start), "more" if start != starts[-1] else "") for start in starts]
    size = sum(len(page) for page in pages)
    began = time.process_time()
    workloads = _read(pages)
    seconds = time.process_time() - began
    del workloads
    tracemalloc.start()
    workloads = _read(pages)
    kept, peak = tracemalloc.get_traced_memory()
    print(  # noqa: T201 - what the benchmark is for
        f"{number} Deployments in {len(pages)} pages, {size / 1e6:.1f} MB of JSON: {seconds:.2f} s of CPU,"
        f" {kept / 1e6:.1f} MB kept for {len(workloads)} watched ones, {peak / 1e6:.1f} MB at most while reading"
    )


class _Pages(KubernetesApi):
    """An API server that has these pages."""

    def __init__(self, pages: list[bytes]) -> None:
        self._pages = iter(pages)

    def request(self, *_: Any, **__: Any) -> bytes:
        return next(self._pages)


def _read(pages: list[bytes]) -> list[WatchedWorkload]:
    workloads, _ = list_all(_Pages(pages), DEPLOYMENT, None, lambda _resource, _error: None)
    return workloads


def _page(start: int, length: int, following: str) -> bytes:
    items = [_deployment(number) for number in range(start, start + length)]
    return json.dumps({"metadata": {"resourceVersion": "1", "continue": following}, "items": items}).encode()


def _deployment(number: int) -> dict[str, Any]:
    """One as a cluster of long standing has it: several kilobytes, most of it of no concern here."""
    annotations = {"deployment.kubernetes.io/revision": "7", "example.com/notes": "n" * 800}
    if number % 2 == 0:
        annotations |= {"watch-cluster.io/enabled": "true", "watch-cluster.io/cron": "0 0 2 * * ?"}
    fields: dict[str, Any] = {f"f:field-{index}": {"f:value": {}, "f:other": {}} for index in range(60)}
    environment = [{"name": f"VARIABLE_{index}", "value": "v" * 40} for index in range(20)]
    return {
        "metadata": {
            "name": f"app-{number}",
            "namespace": f"team-{number % 50}",
            "uid": f"{number:032x}",
            "resourceVersion": str(number),
            "generation": 3,
            "creationTimestamp": "2026-01-01T00:00:00Z",
            "labels": {"app": f"app-{number}"},
            "annotations": annotations,
            "managedFields": [
                {"manager": manager, "operation": "Update", "time": "2026-01-01T00:00:00Z", "fieldsV1": fields}
                for manager in ("kubectl-client-side-apply", "kube-controller-manager")
            ],
        },
        "spec": {
            "replicas": 2,
            "progressDeadlineSeconds": 600,
            "template": {
                "spec": {
                    "containers": [
                        {"name": "app", "image": f"registry.example/app-{number}:1.2.3", "env": environment},
                        {"name": "sidecar", "image": "registry.example/sidecar:1.0.0"},
                    ]
                }
            },
        },
        "status": {
            "observedGeneration": 3,
            "replicas": 2,
            "updatedReplicas": 2,
            "availableReplicas": 2,
            "conditions": [{"type": "Available", "status": "True", "reason": "x", "message": "y" * 80}],
        },
    }


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5000)
