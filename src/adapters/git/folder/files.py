"""The files of a folder, read within limits and written atomically."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol

from watch_cluster.adapters.git.yaml.documents import MAX_BYTES

MAX_FILES: Final = 100_000
"""How many files a folder may have."""


class UnreadableFolder(Exception):  # noqa: N818 - the name says what is wrong
    """The folder cannot be read or written; one line."""


class Files(Protocol):
    """Files by their paths relative to a folder, with slashes. Raises `UnreadableFolder`."""

    def paths(self) -> tuple[str, ...]:
        """All files."""

    def read(self, path: str) -> bytes:
        """The bytes of a file; more than `MAX_BYTES` are not returned in full."""

    def write(self, files: Mapping[str, bytes]) -> None:
        """Write these files, one after another."""


@dataclass(frozen=True, slots=True)
class Directory:
    """Implements `Files` with a directory. Hidden directories and symbolic links are left out."""

    root: Path

    def paths(self) -> tuple[str, ...]:
        """All regular files."""
        if not self.root.is_dir():
            raise UnreadableFolder(f"{self.root} is not a directory: name one with manifests")
        found: list[str] = []
        for path in self._walk():
            found.append(path)
            if len(found) > MAX_FILES:
                raise UnreadableFolder(f"{self.root} has more than {MAX_FILES} files: name a smaller directory")
        return tuple(found)

    def read(self, path: str) -> bytes:
        """Read at most one byte more than may be parsed."""
        try:
            with (self.root / path).open("rb") as file:
                return file.read(MAX_BYTES + 1)
        except OSError as error:
            raise UnreadableFolder(f"{path} cannot be read: {error.strerror}") from None

    def write(self, files: Mapping[str, bytes]) -> None:
        """Replace each file by a new one with the same permissions."""
        for path, content in files.items():
            target = self.root / path
            new = target.with_name(f".{target.name}.watch-cluster")
            try:
                new.write_bytes(content)
                if target.exists():
                    new.chmod(target.stat().st_mode)
                new.replace(target)
            except OSError as error:
                new.unlink(missing_ok=True)
                raise UnreadableFolder(f"{path} cannot be written: {error.strerror}") from None

    def _walk(self) -> Iterator[str]:
        for folder, folders, names in os.walk(self.root):
            folders[:] = sorted(each for each in folders if not each.startswith("."))
            here = Path(folder).relative_to(self.root).as_posix()
            prefix = "" if here == "." else f"{here}/"
            for name in sorted(names):
                if not os.path.islink(f"{folder}{os.sep}{name}"):  # noqa: PTH114 - a Path for each file takes far longer
                    yield prefix + name


@dataclass(frozen=True, slots=True)
class Draft:
    """Implements `Files` with other files; what is written stays in memory."""

    base: Files
    written: dict[str, bytes] = field(default_factory=dict)

    def paths(self) -> tuple[str, ...]:
        """All files."""
        return tuple(dict.fromkeys((*self.base.paths(), *self.written)))

    def read(self, path: str) -> bytes:
        """Read what was written last."""
        return self.written[path] if path in self.written else self.base.read(path)

    def write(self, files: Mapping[str, bytes]) -> None:
        """Keep the files."""
        self.written.update(files)
