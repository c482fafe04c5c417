"""A tenant changes its own settings as fast as it can: others are updated as fast as before, and logs stay readable."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from threading import Event, Thread
from typing import Final

import pytest

from tests.cluster.processes import free_port, wait_until
from tests.e2e.conftest import Team
from tests.hostile.figures import metric, report, seconds_of_an_update, threads
from tests.hostile.tenant import Tenant, a_deployment
from watch_cluster.adapters.log.notifier import BURST, LINES_PER_SECOND

WORKLOADS: Final = 20
FLOODERS: Final = 4
LONGEST_DELAY_SECONDS: Final = 45.0
PATCHES_BEFORE: Final = BURST + 20
PATIENCE_WITH_PATCHES_SECONDS: Final = 240.0
OTHER_LINES_PER_SECOND: Final = 3.0
"""A summary of checks, and what the honest updates log."""

Change = Callable[[int], dict[str, str]]
"""Makes the settings of a patch from its number."""


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda number: {"check-now": f"please-{number}"}, id="checks at once"),
        pytest.param(lambda number: {"rollout": f'{{"id": "{number}"}}'}, id="another forged record each time"),
    ],
)
def test_whoever_changes_settings_all_the_time_delays_nobody(team: Team, tenant: Tenant, change: Change) -> None:
    image = team.image("1.0.0", "odd")
    team.push("1.0.0", "good", "odd")
    for number in range(WORKLOADS):
        document = a_deployment(f"odd-{number}", watched=True)
        document["spec"]["template"]["spec"]["containers"][0]["image"] = image
        tenant.create(document)
    team.push("1.0.0")
    team.deploy("shop", team.image("1.0.0"))
    process = team.start(HEALTH_PORT=str(free_port())).leads()
    with flood(tenant, change) as patches:
        wait_until(lambda: len(patches) > PATCHES_BEFORE, "the tenant patches", PATIENCE_WITH_PATCHES_SECONDS)
        began, lines, before = time.monotonic(), len(process.lines()), len(patches)
        delays = [seconds_of_an_update(team, f"1.0.{number}") for number in range(1, 4)]
        seconds = time.monotonic() - began
        patched, logged = len(patches) - before, Counter(line["event"] for line in process.lines()[lines:])

    report(
        "a tenant that patches all the time",
        delays=[f"{each:.1f} s" for each in delays],
        patches=f"{patched} in {seconds:.1f} s",
        lines=logged.most_common(5),
        threads=threads(process),
    )
    assert max(delays) < LONGEST_DELAY_SECONDS
    assert logged.total() < BURST + 50 + (LINES_PER_SECOND + OTHER_LINES_PER_SECOND) * seconds
    assert metric(process, "watch_cluster_worker_errors_total") == 0
    assert process.probe("healthz") == (200, "ok")


@contextmanager
def flood(tenant: Tenant, change: Change) -> Iterator[list[int]]:
    """Patch all workloads in turn, on several connections at once, until the end of the block; notes each patch."""
    patches: list[int] = []
    over, numbers = Event(), count()

    def patch_on() -> None:
        while not over.is_set():
            number = next(numbers)
            annotations = {f"watch-cluster.io/{key}": value for key, value in change(number).items()}
            answer = tenant.patch(f"deployments/odd-{number % WORKLOADS}", {"metadata": {"annotations": annotations}})
            if answer.is_success:
                patches.append(number)

    flooders = [Thread(target=patch_on) for _ in range(FLOODERS)]
    for each in flooders:
        each.start()
    try:
        yield patches
    finally:
        over.set()
        for each in flooders:
            each.join()
