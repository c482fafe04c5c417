"""Reads the secrets of sources from a folder, as Kubernetes mounts a Secret: one file for each source."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import structlog

from watch_cluster.tools.ongoing import Ongoing

MIN_LENGTH: Final = 16
_MAX_BYTES: Final = 4096
_MAX_SECRETS: Final = 8


class SecretFolder:
    """The secrets of each source: the lines of the file with its name, so that an old one is still good for a while.

    The file is read for each request: a changed Secret needs no restart.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._conditions = Ongoing()
        self._log = structlog.get_logger()

    def of(self, source: str) -> tuple[str, ...]:
        """Return the secrets of a known source, none if there is no usable file; logged when that changes."""
        try:
            with (self._folder / source).open("rb") as file:
                content = file.read(_MAX_BYTES)
            lines = [line.strip() for line in content.decode().splitlines() if line.strip()]
        except FileNotFoundError:
            return ()
        except (OSError, UnicodeDecodeError):
            return self._unusable(source, "it cannot be read")
        if any(len(line) < MIN_LENGTH for line in lines):
            return self._unusable(source, f"write secrets of at least {MIN_LENGTH} characters, one a line")
        self._conditions.ends(source)
        return tuple(lines[:_MAX_SECRETS])

    def _unusable(self, source: str, why: str) -> tuple[str, ...]:
        if self._conditions.begins(source, why):
            self._log.warning("the secret of a hook is unusable", file=str(self._folder / source), why=why)
        return ()
