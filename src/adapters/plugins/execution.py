"""Runs a plugin with limits of time and size, since it is an external program that queries an external service."""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import IO, Final

from watch_cluster.domain.printable import printable

LARGEST_ANSWER: Final = 1024 * 1024
_LONGEST_COMPLAINT: Final = 200
_CHUNK: Final = 64 * 1024


class PluginFailed(Exception):  # noqa: N818 - never leaves the adapter
    """A plugin failed; the message is one line.

    `stderr` is what it wrote to standard error, short and on one line, for the operator.
    """

    def __init__(self, message: str, stderr: str = "") -> None:
        super().__init__(message)
        self.stderr = stderr


def run_plugin(command: Sequence[str], request: bytes, environment: Mapping[str, str], seconds: float) -> bytes:
    """Return what the command writes to its standard output for the request; raises `PluginFailed`.

    The command and what it started in its process group are ended when that takes longer than so many seconds.
    """
    end = time.monotonic() + seconds
    try:
        process = subprocess.Popen(  # noqa: S603 - what is run is named by who runs the controller
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment,
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        raise PluginFailed(f"it cannot be run: {getattr(error, 'strerror', None) or 'invalid arguments'}") from error
    with process:
        try:
            assert process.stdin is not None  # noqa: S101 - Popen opens the pipes
            assert process.stdout is not None  # noqa: S101
            assert process.stderr is not None  # noqa: S101
            # The request is smaller than any pipe, so that this does not wait.
            with suppress(BrokenPipeError):
                process.stdin.write(request)
                process.stdin.close()
            answer, complaint = _read(process.stdout, process.stderr, end)
            process.wait(max(0.0, end - time.monotonic()))
        except (TimeoutError, subprocess.TimeoutExpired):
            raise PluginFailed(f"it did not exit within {seconds:g} s") from None
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
    if process.returncode != 0:
        raise PluginFailed(
            f"it exited with status {process.returncode}; the log of Watch-Cluster has what it wrote", _line(complaint)
        )
    return answer


def _read(output: IO[bytes], complaints: IO[bytes], end: float) -> tuple[bytes, bytes]:
    read = {output.fileno(): bytearray(), complaints.fileno(): bytearray()}
    with selectors.DefaultSelector() as selector:
        for descriptor in read:
            selector.register(descriptor, selectors.EVENT_READ)
        while selector.get_map():
            left = end - time.monotonic()
            if left <= 0:
                raise TimeoutError
            for key, _ in selector.select(left):
                chunk = os.read(key.fd, _CHUNK)
                if not chunk:
                    selector.unregister(key.fd)
                elif key.fd == output.fileno():
                    read[key.fd] += chunk
                    if len(read[key.fd]) > LARGEST_ANSWER:
                        raise PluginFailed(f"it answered with more than {LARGEST_ANSWER} bytes")
                elif len(read[key.fd]) < _CHUNK:
                    read[key.fd] += chunk
    return bytes(read[output.fileno()]), bytes(read[complaints.fileno()])


def _line(complaint: bytes) -> str:
    text = printable(complaint.decode("utf-8", "replace")).strip()
    return text[:_LONGEST_COMPLAINT]
