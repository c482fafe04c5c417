"""Whether the running controller's memory stays flat over many ticks, some of which update everything.

`python -m tests.benchmarks.soak --help` tells the sizes. Time is compressed: ticks are seconds apart.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from tests.benchmarks.bench import LONG_SECONDS, Bench, Row, Sizes, add_numbers, filled, show
from tests.cluster.processes import wait_until


def measure(bench: Bench, ticks: int, rounds: int) -> Iterator[Row]:
    """Let ticks go by in as many rounds, and update everything once in each of them."""
    running = bench.start()
    running.process.leads()
    for number in range(1, rounds + 1):
        tag = f"1.0.{number}"
        bench.publish(tag)
        for _ in range(ticks // rounds):
            bench.tick()
        wait_until(lambda tag=tag: bench.left_behind(tag) == 0, f"all run {tag}", LONG_SECONDS)  # type: ignore[misc]
        done = running.metric('watch_cluster_rollouts_total{result="done"}')
        what = f"{done:.0f} rollouts so far, {running.threads} threads, {running.cpu_seconds:.0f} s of CPU"
        yield f"memory after {number * (ticks // rounds)} ticks", f"{running.megabytes:.1f} MB", what
    yield "complaints in the log", str(len(running.complaints)), ""


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    Sizes.add_to(parser, tick=2)
    add_numbers(parser, ("ticks", 200, "ticks that go by"), ("rounds", 10, "how often everything is updated meanwhile"))
    options = parser.parse_args()
    sizes = Sizes.of(options)
    with filled(sizes) as bench:
        show(sizes, list(measure(bench, options.ticks, options.rounds)))
