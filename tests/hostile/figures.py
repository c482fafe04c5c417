"""What the attacks are measured by: delays of the honest, threads, metrics."""

from __future__ import annotations

import re
import time
from pathlib import Path

from tests.cluster.processes import wait_until
from tests.e2e.conftest import Team
from tests.e2e.process import PATIENCE_SECONDS, WatchCluster


def seconds_of_an_update(team: Team, tag: str = "1.0.1") -> float:
    """Push a version, wait until the honest Deployment is updated to it, and tell how long that took."""
    began = time.monotonic()
    team.push(tag)
    team.comes_to_run("shop", team.image(tag))
    took = time.monotonic() - began
    team.ends("shop", "done")
    return took


def threads(process: WatchCluster) -> int:
    """How many threads the process has."""
    [line] = [
        each for each in Path(f"/proc/{process.pid}/status").read_text().splitlines() if each.startswith("Threads:")
    ]
    return int(line.split()[1])


def metric(process: WatchCluster, name: str) -> float:
    """The sum of a metric over its labels, 0 when it was not counted yet."""
    status, text = process.probe("metrics")
    assert status == 200
    return sum(float(each) for each in re.findall(rf"^{name}(?:\{{[^}}]*\}})? (\S+)$", text, re.MULTILINE))


def grows_to(process: WatchCluster, name: str, value: float) -> None:
    """Wait until the metric has at least that value."""
    wait_until(lambda: metric(process, name) >= value, f"{name} is at least {value}", PATIENCE_SECONDS)


def report(what: str, **figures: object) -> None:
    """Print the figures of an attack."""
    print(f"{what}: {', '.join(f'{name} {value}' for name, value in figures.items())}")  # noqa: T201
