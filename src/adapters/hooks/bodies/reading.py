"""Reads bodies leniently in what is more than we need, and strictly in what we need."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, TypeVar

import msgspec

from watch_cluster.domain.images.pushed import InvalidPushedRepository, PushedRepository

Document = TypeVar("Document")

MOST_REPOSITORIES: Final = 100
"""How many repositories a request may name: what waits is bounded, and no sender may drive out the others."""


class InvalidBody(ValueError):  # noqa: N818 - the name says what is wrong
    """The body is not what this source sends. The message is one line and quotes nothing of it."""


def read(body: bytes, document_type: type[Document]) -> Document:
    """Read a JSON document; unknown fields are skipped. Raises `InvalidBody`."""
    try:
        return msgspec.json.decode(body, type=document_type)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidBody("the body is not what this source sends") from error


def pushes(names: Iterable[str | None], *, below: bool = False) -> tuple[PushedRepository, ...]:
    """Read repositories as `PushedRepository.parse` does, each once; without those that are missing.

    Raises `InvalidBody`.
    """
    try:
        written = dict.fromkeys(f"{name}/" if below else name for name in names if name)
        if len(written) > MOST_REPOSITORIES:
            raise InvalidBody(f"the body names more than {MOST_REPOSITORIES} repositories")
        return tuple(PushedRepository.parse(name) for name in written)
    except InvalidPushedRepository as error:
        raise InvalidBody("the body names no repository that an image can have") from error


def of_image(reference: str) -> str:
    """The repository of an image reference, without tag and digest.

    >>> of_image("quay.io/team/app:1.0")
    'quay.io/team/app'
    """
    name = reference.partition("@")[0]
    slash = name.rfind("/")
    colon = name.find(":", slash + 1)
    return name if colon < 0 else name[:colon]
