"""What is needed of a forge: to find, open, edit and close pull requests."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class ForgeError(Exception):
    """The forge does not do what was requested; one line without credentials."""


class RequestState(StrEnum):
    """What became of a pull request."""

    OPEN = "open"
    MERGED = "merged"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class PullRequest:
    """A pull request, or merge request. `number` is the one that its URL shows."""

    number: int
    url: str
    state: RequestState
    title: str = ""
    text: str = ""


class Forge(Protocol):
    """The pull requests of one repository. Everything raises `ForgeError`."""

    def find(self, branch: str, base: str) -> PullRequest | None:
        """The latest request to merge the branch into the base."""

    def open(self, branch: str, base: str, title: str, text: str) -> PullRequest:
        """Open a request."""

    def edit(self, number: int, title: str, text: str) -> None:
        """Change the title and text."""

    def close(self, number: int) -> None:
        """Close the request without merging."""
