"""The real process, started as in a pod but for where it finds its credentials."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import closing
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any, Final

from tests.cluster.processes import wait_until

PROGRAM: Final = "watch_cluster"
PATIENCE_SECONDS: Final = 90.0
"""Kubernetes' own controllers, too, wait for half a minute between their attempts to reach an API server again."""


class WatchCluster:
    """`watch-cluster run`, what it logs, and the ways to end it."""

    def __init__(
        self, log: Path, environment: Mapping[str, str], program: str = PROGRAM, prefix: Sequence[str] = ()
    ) -> None:
        self._log = log
        self.environment = environment
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                [*prefix, *command("run", program=program)],
                env=process_environment(environment),
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def lines(self) -> list[dict[str, Any]]:
        """Every whole line that was logged so far, by all processes that log there."""
        whole, _, _ = self._log.read_text().rpartition("\n")
        return [json.loads(line) for line in whole.splitlines()]

    def said(self, event: str) -> bool:
        """Whether it logged a line that contains the text."""
        return any(event in line["event"] for line in self.lines())

    def leads(self) -> WatchCluster:
        """Wait until it acts."""
        wait_until(lambda: self.said("leading"), f"it leads: {self._log.read_text()}", PATIENCE_SECONDS)
        return self

    def kill(self) -> None:
        """End it between any two lines."""
        self._process.kill()
        self._process.wait(PATIENCE_SECONDS)

    def stop(self) -> int:
        """End it as Kubernetes does, and give its exit status."""
        self.tell_to_stop()
        try:
            return self._process.wait(PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
            raise

    def tell_to_stop(self) -> None:
        """Do as Kubernetes does first when it ends a pod."""
        if self.alive:
            self._process.send_signal(signal.SIGTERM)

    def probe(self, path: str) -> tuple[int, str]:
        """Ask it on its `HEALTH_PORT`: the status and the words, 0 while nobody answers."""
        # Benchmarks ask often: httpx would read the system's authorities each time.
        with closing(HTTPConnection("127.0.0.1", int(self.environment["HEALTH_PORT"]), timeout=30)) as connection:
            try:
                connection.request("GET", f"/{path}")
                answer = connection.getresponse()
                return answer.status, answer.read().decode().strip()
            except (OSError, HTTPException) as error:
                return 0, str(error)

    @property
    def alive(self) -> bool:
        """Whether it was not ended yet, by whomever."""
        return self._process.poll() is None

    @property
    def pid(self) -> int:
        """The id of the process."""
        return self._process.pid


def command(*arguments: str, program: str = PROGRAM) -> list[str]:
    """How to run the command line with this Python."""
    return [sys.executable, "-m", program, *arguments]


def process_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """Nothing of this process's environment but where programs are, and what is given."""
    return {"PATH": os.environ["PATH"], **environment}
