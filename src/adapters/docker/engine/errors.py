"""Errors of the Engine API, as those of the orchestrator's ports."""

from __future__ import annotations

from watch_cluster.application.ports.orchestrator.workload_reader import OrchestratorUnavailable
from watch_cluster.application.ports.orchestrator.workload_writer import ChangeConflict, ChangeRejected

_LONGEST_MESSAGE = 500


class EngineUnavailable(OrchestratorUnavailable):
    """The engine cannot be reached, or fails to answer: the same request may succeed later."""


class EngineRefused(ChangeRejected):
    """The engine refuses the request itself."""


class EngineNotFound(EngineRefused):
    """What the request is about does not exist."""


class EngineConflict(ChangeConflict):
    """The request does not fit the present state, such as a name in use."""


def error_of(status: int, message: str, request: str) -> Exception:
    """The error for a status of 400 or more."""
    text = f"docker: {request}: {printable(message)}"
    if status == 404:  # noqa: PLR2004 - Not Found
        return EngineNotFound(text)
    if status == 409:  # noqa: PLR2004 - Conflict
        return EngineConflict(text)
    return EngineUnavailable(text) if status >= 500 else EngineRefused(text)  # noqa: PLR2004 - server errors


def printable(text: str) -> str:
    r"""The text on one line, without control characters, and not too long.

    >>> printable("no such\n\x1b[31mimage")
    'no such [31mimage'
    """
    clean = "".join(each if each.isprintable() else " " for each in text)
    return " ".join(clean.split())[:_LONGEST_MESSAGE]
