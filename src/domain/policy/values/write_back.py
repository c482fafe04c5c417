"""Where the image of a workload is written back to, instead of to the live object."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

_FIELD: Final = re.compile(r"(?P<file>[^\s:]+):(?P<keys>[^\s:]+)")


@dataclass(frozen=True, slots=True)
class WriteBack:
    """The place at which images are proposed, as its owner wrote it, and how long a proposal may wait to be applied.

    `path` is `REPOSITORY//FOLDER`. `fields` are the values that hold the image, as `(container, FILE:KEY.KEY)`, where
    the manifests do not tell.
    """

    path: str
    timeout: timedelta
    fields: tuple[tuple[str, str], ...] = ()

    def field_of(self, container: str) -> str | None:
        """The value that holds the container's image, None if nobody named it."""
        return dict(self.fields).get(container)


def split_path(path: str) -> tuple[str, str]:
    """Split into the repository and the folder, which is empty for the top. Raises `ValueError`.

    >>> split_path("https://git.example/team/fleet.git//apps/shop")
    ('https://git.example/team/fleet.git', 'apps/shop')
    """
    repository, slashes, folder = path.rpartition("//")
    if not slashes or not repository or repository.endswith(":"):
        raise ValueError("write REPOSITORY//FOLDER, such as https://git.example/team/fleet.git//apps/shop")
    return repository, checked_folder(folder)


def checked_folder(folder: str) -> str:
    """Return the path without slashes around it. Raises `ValueError` when it leads out of its repository."""
    parts = [part for part in folder.split("/") if part not in {"", "."}]
    if ".." in parts or not folder.isprintable() or ":" in folder:
        raise ValueError(f"{folder!r} is no folder of a repository: leave out .. and :")
    return "/".join(parts)


def parse_path(text: str) -> str:
    """Check a place in a repository. Raises `ValueError`."""
    split_path(text.strip())
    return text.strip()


def parse_field(text: str) -> str:
    """Check the name of a value in a file. Raises `ValueError`."""
    if _FIELD.fullmatch(text.strip()) is None:
        raise ValueError("write FILE:KEY.KEY, such as values.yaml:image.tag")
    checked_folder(text.strip().partition(":")[0])
    return text.strip()
