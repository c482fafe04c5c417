"""Reads one object at a time, so that one that cannot be read takes no other with it."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from typing import Final

import msgspec

from watch_cluster.adapters.kubernetes.client.decoding import decode
from watch_cluster.adapters.kubernetes.resources.objects.collection import UnreadableObject
from watch_cluster.adapters.kubernetes.resources.objects.metadata import ObjectMetadata

_WHY_CHARS: Final = 300


class _Head(msgspec.Struct):
    metadata: ObjectMetadata


_HEAD: Final = msgspec.json.Decoder(_Head)


def read_head(body: bytes | msgspec.Raw) -> ObjectMetadata:
    """Read what identifies the object: fields that the API server itself checks. Raises `msgspec.DecodeError`."""
    return decode(_HEAD, body).metadata


@contextmanager
def reading(key: Hashable, head: ObjectMetadata) -> Iterator[None]:
    """Raise `UnreadableObject` for every error that an unexpected value causes, also if it shows a defect of ours."""
    try:
        yield
    except (msgspec.DecodeError, ValueError, ArithmeticError, RecursionError) as error:
        raise UnreadableObject(key, head, _line(error)) from error
    except Exception as error:
        raise UnreadableObject(key, head, f"{type(error).__name__}: {_line(error)}", error) from error


def _line(error: Exception) -> str:
    return " ".join(str(error).split())[:_WHY_CHARS]
