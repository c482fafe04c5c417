"""The last line that a container wrote, for messages about why it ended."""

from __future__ import annotations

from typing import Final

from watch_cluster.adapters.docker.engine.client import EngineApi
from watch_cluster.adapters.docker.engine.errors import printable
from watch_cluster.application.ports.orchestrator.workload_reader import OrchestratorError

_MOST_BYTES: Final = 64 * 1024
_HEADER: Final = 8
"""Bytes before each chunk of the log of a container without a terminal: stream, three zeros, length.

Source: https://docs.docker.com/reference/api/engine/version/v1.41/#tag/Container/operation/ContainerAttach
"""
_LONGEST: Final = 200


def last_log_line(api: EngineApi, container_id: str) -> str:
    """The line, printable and short; empty when there is none, or the log driver cannot be read."""
    params = {"stdout": "1", "stderr": "1", "tail": "1"}
    try:
        content = api.read("GET", f"/containers/{container_id}/logs", params, most=_MOST_BYTES)
    except OrchestratorError:
        return ""
    if content[:1] in {b"\1", b"\2"} and content[1:4] == b"\0\0\0":
        content = content[_HEADER:]
    return printable(content.decode(errors="replace"))[:_LONGEST]
