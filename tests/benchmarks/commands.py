"""How long commands of the command line take: `check` of a fleet with a dead registry, and the start of small ones.

`python -m tests.benchmarks.commands [--workloads 300] [--dead 30]` prints the figures. The dead registry takes
connections and never answers.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

from tests.benchmarks.load_shed import silent_registries
from tests.cluster.build import build_binary
from tests.cluster.cluster import Cluster, deployment, own_cluster
from tests.e2e.process import command, process_environment
from tests.servers.registry import RegistryServer, tags_reply

_RUNS: Final = 5
_AT_ONCE: Final = 100
_REPOSITORIES: Final = 30
SMALL: Final = (("cron", "0 */5 * * * ?"), ("tags", "shop:1.0.0", "--tags-from", "-"), ("--version",))


def measured(run: Callable[[], object]) -> float:
    """The seconds that a call takes."""
    began = time.perf_counter()
    run()
    return time.perf_counter() - began


def small_commands() -> None:
    """Print the fastest of several starts: the others tell of the machine."""
    for arguments in SMALL:
        started = min(measured(partial(_run, *arguments)) for _ in range(_RUNS))
        cpu = min(_cpu_seconds(arguments) for _ in range(_RUNS))
        print(f"{' '.join(arguments[:1]):10} {started:.2f} s, {cpu:.2f} s of processor time")  # noqa: T201


def _run(*arguments: str, **environment: str) -> str:
    done = subprocess.run(
        command(*arguments),
        env=process_environment(environment),
        check=False,
        capture_output=True,
        text=True,
        input="1.0.0\n1.1.0\n",
    )
    return done.stdout


def _cpu_seconds(arguments: tuple[str, ...]) -> float:
    before = os.times()
    _run(*arguments)
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system


def fleet(workloads: int, dead: int) -> None:
    """Print how long `check` takes for so many workloads, of which some have images at a dead registry."""
    with tempfile.TemporaryDirectory() as name, silent_registries() as port, RegistryServer() as registry:
        for number in range(_REPOSITORIES):
            registry.on_tags(lambda _seen: tags_reply(["1.0.0", "1.1.0"]), repository=f"app{number}")
        cluster = own_cluster(build_binary(), Path(name))
        try:
            _apply(
                cluster, [f"{registry.host}/app{number % _REPOSITORIES}:1.0.0" for number in range(workloads - dead)]
            )
            _apply(cluster, [f"127.1.0.1:{port}/app{number}:1.0.0" for number in range(dead)], "dead")
            environment = {"KUBECONFIG": str(cluster.kubeconfig)}
            for _ in range(2):
                seconds = measured(lambda: _run("check", **environment))
                print(f"check of {workloads} workloads, {dead} at a dead registry: {seconds:.1f} s")  # noqa: T201
            print(_run("check", **environment).splitlines()[0])  # noqa: T201
        finally:
            cluster.stop()


def _apply(cluster: Cluster, images: list[str], name: str = "sound") -> None:
    documents = []
    for number, image in enumerate(images):
        document = deployment(f"{name}-{number}", image, replicas=0)
        document["metadata"] |= {"namespace": "default", "annotations": {"watch-cluster.io/enabled": "true"}}
        documents.append(document)
    for start in range(0, len(documents), _AT_ONCE):
        cluster.kubectl.apply(*documents[start : start + _AT_ONCE])


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--workloads", type=int, default=300)
    parser.add_argument("--dead", type=int, default=30)
    options = parser.parse_args()
    small_commands()
    fleet(options.workloads, options.dead)
