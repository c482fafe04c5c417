"""Runs the program `git`, which knows every transport, signature and repository that its users have."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from watch_cluster.domain.printable import printable

TIMEOUT_SECONDS: Final = 120.0
_CREDENTIALS: Final = re.compile(r"(?<=://)[^/@\s]+@")
_LONGEST_MESSAGE: Final = 300


class GitError(Exception):
    """Git failed; one line without credentials."""


@dataclass(frozen=True, slots=True)
class GitProgram:
    """The program in one folder. `environment` is added to that of the process."""

    folder: Path
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    options: tuple[str, ...] = ()

    def __call__(self, *arguments: str, stdin: bytes = b"", extra: Mapping[str, str] | None = None) -> str:
        """Run a command and return its output without the last line end. Raises `GitError`."""
        return self.raw(*arguments, stdin=stdin, extra=extra).decode(errors="replace").rstrip("\n")

    def raw(self, *arguments: str, stdin: bytes = b"", extra: Mapping[str, str] | None = None) -> bytes:
        """Run a command and return the bytes of its output. Raises `GitError`."""
        given = {"GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"} | dict(self.environment) | dict(extra or {})
        command = ["git", *self.options, *arguments]
        try:
            done = subprocess.run(  # noqa: S603 - no shell, and the arguments are ours
                command,
                cwd=self.folder,
                input=stdin,
                capture_output=True,
                check=False,
                env=os.environ | given,
                timeout=TIMEOUT_SECONDS,
            )
        except FileNotFoundError:
            raise GitError(f"the program git is missing, or the folder {self.folder} is: install git") from None
        except subprocess.TimeoutExpired:
            raise GitError(f"git {arguments[0]} took longer than {TIMEOUT_SECONDS:.0f} s") from None
        if done.returncode != 0:
            raise GitError(f"git {arguments[0]} failed: {_one_line(done.stderr)}")
        return done.stdout


def _one_line(stderr: bytes) -> str:
    text = _CREDENTIALS.sub("", stderr.decode(errors="replace"))
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("hint:")]
    return printable("; ".join(lines))[:_LONGEST_MESSAGE]
