"""The places in files where an image is written, and what must be written there for another one."""

from __future__ import annotations

from dataclasses import dataclass, replace

from watch_cluster.adapters.git.yaml.nodes import Scalar


class CannotWrite(ValueError):  # noqa: N818 - the name says what is wrong
    """The image cannot be written at this place; one line."""


@dataclass(frozen=True, slots=True)
class Position:
    """A value of a file. `path` is relative to the folder, with slashes."""

    path: str
    scalar: Scalar

    @property
    def id(self) -> tuple[str, int]:
        """The same for the same value."""
        return self.path, self.scalar.number

    def __str__(self) -> str:
        return f"{self.path}:{self.scalar.line + 1}"


@dataclass(frozen=True, slots=True)
class PositionEdit:
    """A value of a file, and the text that it becomes."""

    position: Position
    value: str


@dataclass(frozen=True, slots=True)
class ImagePlace:
    """Where one image is written: in one value (`whole`), or its tag and digest in values of their own.

    `name` is the name of the repository. `written_name` is that in `whole`, where something else renames it.
    """

    name: str
    whole: Position | None = None
    tag: Position | None = None
    digest: Position | None = None
    written_name: str = ""

    @classmethod
    def of_whole(cls, position: Position) -> ImagePlace:
        """An image in one value."""
        name, _ = split_name(position.scalar.value)
        return cls(name, position, written_name=name)

    @property
    def image(self) -> str:
        """The image as the orchestrator sees it."""
        if self.whole is not None:
            return self.name + split_name(self.whole.scalar.value)[1]
        tag = "" if self.tag is None or not self.tag.scalar.value else f":{self.tag.scalar.value}"
        digest = "" if self.digest is None or not self.digest.scalar.value else f"@{self.digest.scalar.value}"
        return f"{self.name}{tag}{digest}"

    @property
    def positions(self) -> tuple[Position, ...]:
        """All values that hold a part of the image, apart from its name."""
        return tuple(each for each in (self.whole, self.tag, self.digest) if each is not None)

    def renamed(self, name: str) -> ImagePlace:
        """The same place under another name."""
        return replace(self, name=name)

    def edits(self, image: str) -> tuple[PositionEdit, ...]:
        """What to write so that the image becomes this one, of the same repository. Raises `CannotWrite`."""
        name, rest = split_name(image)
        if name != self.name:
            raise CannotWrite(f"{image} is of another repository than {self.name}")
        if self.whole is not None:
            return (PositionEdit(self.whole, self.written_name + rest),)
        tag, at, digest = rest.removeprefix(":").partition("@")
        if self.digest is None:
            tag, digest = tag + at + digest, ""
        parts = ((self.tag, tag), (self.digest, digest))
        missing = [text for position, text in parts if position is None and text]
        if missing:
            raise CannotWrite(f"there is no value for {missing[0]} beside {self.positions[0]}: add the key")
        edits = tuple(PositionEdit(position, text) for position, text in parts if position is not None)
        return tuple(edit for edit in edits if edit.position.scalar.value != edit.value)


def split_name(image: str) -> tuple[str, str]:
    """Split an image into its name, and its tag and digest with their separators.

    >>> split_name("registry.example:5000/app:1.0@sha256:aa")
    ('registry.example:5000/app', ':1.0@sha256:aa')
    """
    name, at, digest = image.partition("@")
    folder, slash, last = name.rpartition("/")
    last, colon, tag = last.partition(":")
    return folder + slash + last, colon + tag + at + digest
