"""The scope of a token: our own, and what a challenge may add to it.

Source: https://distribution.github.io/distribution/spec/auth/scope/
"""

from __future__ import annotations

import re
from typing import Final

import httpx

_READING: Final = re.compile(r"(?:[a-z]{1,30}_)?read", re.ASCII)
_ABOUT: Final = re.compile(r"/v2/(.+)/(?:tags/list|manifests/[^/]+|blobs/[^/]+)")


def read_actions(scope: str, path: str) -> set[str]:
    """Return the actions on a repository that a challenge asks for beside `pull` and that only read.

    Azure's registry requires `metadata_read` for tag lists.
    """
    found: set[str] = set()
    for each in scope.split():
        kind, _, rest = each.partition(":")
        name, _, actions = rest.rpartition(":")
        if kind == "repository" and name == path:
            found.update(action for action in actions.split(",") if _READING.fullmatch(action))
    return found


def repository_of(url: httpx.URL) -> str:
    """Name the repository that a URL of a registry is about; the whole path when it is about none."""
    match = _ABOUT.fullmatch(url.path)
    return match[1] if match is not None else url.path.strip("/")
