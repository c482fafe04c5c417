"""Decodes JSON that tenants may have written, however deeply it is nested."""

from __future__ import annotations

import re
from typing import Final, TypeVar

import msgspec

T = TypeVar("T")

MAX_DEPTH: Final = 100
"""More than any typed object has. `managedFields` can be nested thousands of levels deep,
and msgspec fails on depth even in fields that it skips."""

_TOKEN: Final = re.compile(rb'"(?:[^"\\]|\\.)*+"|[\[\]{}]', re.DOTALL)


def decode(decoder: msgspec.json.Decoder[T], body: bytes | msgspec.Raw) -> T:
    """Decode; values nested more than `MAX_DEPTH` levels deep count as `null`. Raises `msgspec.DecodeError`."""
    try:
        return decoder.decode(body)
    except RecursionError:
        pass
    except UnicodeDecodeError as error:
        raise msgspec.DecodeError(str(error)) from error
    try:
        return decoder.decode(flatten(bytes(body)))
    except (RecursionError, UnicodeDecodeError) as error:
        raise msgspec.DecodeError(str(error)) from error


def flatten(body: bytes, max_depth: int = MAX_DEPTH) -> bytes:
    """Replace what is nested more than `max_depth` levels deep by `null`, without recursion."""
    kept: list[bytes] = []
    depth = begin = 0
    for token in _TOKEN.finditer(body):
        char = token[0]
        if char in b"[{":
            depth += 1
            if depth == max_depth + 1:
                kept += (body[begin : token.start()], b"null")
        elif char in b"]}":
            if depth == max_depth + 1:
                begin = token.end()
            depth -= 1
    kept.append(body[begin:])
    return b"".join(kept)
