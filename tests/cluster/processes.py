"""Servers that a test run starts and stops."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import httpx

_STOP_SECONDS: Final = 3
_LOOK_SECONDS: Final = 0.05


class ServerFailed(Exception):  # noqa: N818 - the name says what is wrong
    """A server did not come up; the end of its log is in the message."""


def free_port() -> int:
    """A port of loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_until(condition: Callable[[], bool], what: str, seconds: float = 60) -> None:
    """Poll until the condition holds. Fails with what was waited for."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"waited {seconds} s in vain: {what}"
        time.sleep(_LOOK_SECONDS)


def answers(url: str) -> bool:
    """Whether the server behind the URL answers, and well."""
    try:
        return httpx.get(url, trust_env=False).is_success
    except httpx.TransportError:
        return False


class Server:
    """One process, its log, and how to tell that it serves."""

    def __init__(self, name: str, command: Sequence[str], folder: Path, ready: Callable[[], bool]) -> None:
        self._name = name
        self._command = list(command)
        self._folder = folder
        self._log = folder / f"{name}.log"
        self._ready = ready
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, seconds: float = 60) -> None:
        """Start it and wait until it serves."""
        with self._log.open("ab") as log:
            # The binary ends when its standard input does, so that no server outlives a test run that was killed.
            self._process = subprocess.Popen(
                self._command, stdin=subprocess.PIPE, stdout=log, stderr=log, cwd=self._folder
            )
        end = time.monotonic() + seconds
        while not self._ready():
            if self._process.poll() is not None or time.monotonic() > end:
                self.stop()
                tail = self._log.read_text(errors="replace")[-2000:]
                raise ServerFailed(f"{self._name} ended or does not serve after {seconds:g} s:\n{tail}")
            time.sleep(_LOOK_SECONDS)

    def stop(self) -> None:
        """Stop it, the hard way when it takes long."""
        if self._process is None:
            return
        # Leaving the context closes the standard input and waits.
        with self._process as process:
            process.send_signal(signal.SIGCONT)
            process.terminate()
            try:
                process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
        self._process = None

    @property
    def running(self) -> bool:
        """Whether it was started, and neither stopped nor ended by itself."""
        return self._process is not None and self._process.poll() is None

    def pause(self) -> None:
        """Let it hang: connections stay open and nothing answers."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)
        # The signal takes its time; only from here on nothing answers.
        os.waitid(os.P_PID, self._process.pid, os.WSTOPPED | os.WNOWAIT)

    def resume(self) -> None:
        """End the hanging."""
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)
