"""What the checks of many workloads cost their registry at one tick, and what a long tag list costs us.

`python -m tests.benchmarks.registry [WORKLOADS] [REPOSITORIES]` prints the figures.
"""

from __future__ import annotations

import sys
import time
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Final

from tests.fakes.orchestrator import FakeOrchestrator
from tests.servers.registry import RegistryServer, Reply, Seen, paged, tags_reply
from watch_cluster.adapters.cron.clock import SystemClock
from watch_cluster.adapters.cron.scheduler import CronScheduler
from watch_cluster.adapters.oci.auth.docker_config import NoCredentials
from watch_cluster.adapters.oci.registry import OciImageRegistry
from watch_cluster.adapters.re2.tag_patterns import compile_tag_pattern
from watch_cluster.adapters.signatures.no_keys import NoSigningKeys
from watch_cluster.adapters.signatures.on_demand import VerifierOnDemand
from watch_cluster.application.check.candidates.predecessors import Predecessors
from watch_cluster.application.check.candidates.select_candidate import SelectCandidate
from watch_cluster.application.check.candidates.verify_image import VerifyImage
from watch_cluster.application.check.check_for_update import CheckForUpdate
from watch_cluster.application.registry_queries.queries import RegistryAccess
from watch_cluster.application.registry_queries.query_cache import QueryCache
from watch_cluster.application.state.image_outcomes import ImageOutcomes
from watch_cluster.application.state.policy_cache import PolicyCache
from watch_cluster.application.state.workload_state import WorkloadStates
from watch_cluster.domain.images.reference import ImageReference
from watch_cluster.domain.policy.policy_reader import PolicyReader
from watch_cluster.domain.workload import annotation
from watch_cluster.domain.workload.workload import Container, WorkloadKey

LATENCY_SECONDS: Final = 0.05
TAGS: Final = tuple(f"1.{number}.0" for number in range(200))
WORKERS: Final = 8
MANY_TAGS: Final = 50_000


def main(workloads: int, repositories: int) -> None:
    """Check that many workloads of that many repositories at one tick, then read one list of 50,000 tags."""
    with RegistryServer() as server:
        _one_tick(server, workloads, repositories)
        _one_list(server)


def _one_tick(server: RegistryServer, workloads: int, repositories: int) -> None:
    def slowly(_seen: Seen) -> Reply:
        server.closes_within(LATENCY_SECONDS)
        return tags_reply(TAGS)

    for number in range(repositories):
        server.on_tags(slowly, f"app{number}")
    clock, scheduler = SystemClock(), CronScheduler()
    orchestrator = FakeOrchestrator(clock)
    keys = [WorkloadKey("default", "Deployment", f"app{number}") for number in range(workloads)]
    for number, key in enumerate(keys):
        image = f"{server.host}/app{number % repositories}:1.199.0"
        orchestrator.create(key, [Container("app", image)], {annotation.ENABLED: "true"})
    registry = OciImageRegistry()
    policies = PolicyReader(compile_tag_pattern)
    predecessors = Predecessors(orchestrator, orchestrator, policies)
    check = CheckForUpdate(
        orchestrator,
        orchestrator,
        RegistryAccess(registry, NoCredentials(), QueryCache(clock)),
        PolicyCache(policies, WorkloadStates()),
        predecessors,
        SelectCandidate(
            orchestrator, scheduler, ImageOutcomes(), predecessors, VerifyImage((), VerifierOnDemand(), NoSigningKeys)
        ),
        clock,
    )
    tick, began, used = datetime.now(UTC), time.monotonic(), time.process_time()
    with ThreadPoolExecutor(WORKERS) as pool:
        list(pool.map(lambda key: check(key, tick), keys))
    registry.close()
    print(  # noqa: T201 - what the benchmark is for
        f"{workloads} workloads of {repositories} repositories of {len(TAGS)} tags, {LATENCY_SECONDS * 1000:.0f} ms"
        f" away: {len(server.seen)} requests, {time.monotonic() - began:.2f} s,"
        f" {time.process_time() - used:.2f} s of CPU (the registry's included)"
    )


def _one_list(server: RegistryServer) -> None:
    server.on_tags(paged((f"{number}.0" for number in range(MANY_TAGS)), 1000), "many")
    registry = OciImageRegistry()
    repository = ImageReference.parse(f"{server.host}/many").repository
    tracemalloc.start()
    tags = registry.tags(repository)
    kept, peak = tracemalloc.get_traced_memory()
    registry.close()
    print(  # noqa: T201 - what the benchmark is for
        f"{len(tags)} tags in pages of 1000: {kept / 1e6:.1f} MB kept, {peak / 1e6:.1f} MB at most"
    )


if __name__ == "__main__":
    main(*(int(each) for each in (*sys.argv[1:], *("1000", "50")[len(sys.argv) - 1 :])))
