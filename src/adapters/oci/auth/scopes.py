"""The scope of a token, with the actions that a challenge may add to it.

Source: https://distribution.github.io/distribution/spec/auth/scope/
"""

from __future__ import annotations

import re
from typing import Final

import httpx

_READING: Final = re.compile(r"(?:[a-z]{1,30}_)?read", re.ASCII)
_REPOSITORY: Final = re.compile(r"/v2/(.+)/(?:tags/list|manifests/[^/]+|blobs/[^/]+)")


def read_actions(scope: str, path: str) -> set[str]:
    """Return the actions other than `pull` that the scope of a challenge requires, if they only read.

    Azure's registry requires `metadata_read` for tag lists.
    """
    actions_found: set[str] = set()
    for entry in scope.split():
        kind, _, rest = entry.partition(":")
        name, _, actions = rest.rpartition(":")
        if kind == "repository" and name == path:
            actions_found.update(action for action in actions.split(",") if _READING.fullmatch(action))
    return actions_found


def repository_of(url: httpx.URL) -> str:
    """Return the repository in a URL of the registry API; the whole path of another URL."""
    match = _REPOSITORY.fullmatch(url.path)
    return match[1] if match is not None else url.path.strip("/")
