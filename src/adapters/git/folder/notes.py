"""What Watch-Cluster itself has to remember of a folder's workloads, in a file beside their manifests."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final

from watch_cluster.domain.workload import annotation
from watch_cluster.domain.workload.workload import WorkloadKey

NOTES_FILE: Final = ".watch-cluster.json"
KEPT: Final = frozenset({annotation.FIRST_SEEN, annotation.QUARANTINE})
"""The annotations that later runs need. The rest is in the history of the repository."""

Notes = dict[WorkloadKey, dict[str, str]]


class UnreadableNotes(ValueError):  # noqa: N818 - the name says what is wrong
    """The file is not one that we wrote; one line."""


def parse_notes(source: bytes) -> Notes:
    """Read the notes. Raises `UnreadableNotes`."""
    try:
        document = json.loads(source)
        return {_key(key): {name: str(value) for name, value in notes.items()} for key, notes in document.items()}
    except (ValueError, AttributeError, RecursionError):
        raise UnreadableNotes(f"{NOTES_FILE} is not a file of Watch-Cluster: remove it") from None


def write_notes(notes: Mapping[WorkloadKey, Mapping[str, str]]) -> bytes:
    """Write the notes that are kept, one a line, so that branches rarely conflict."""
    kept = {str(key): {name: each[name] for name in sorted(each.keys() & KEPT)} for key, each in sorted(notes.items())}
    document = {key: values for key, values in kept.items() if values}
    return (json.dumps(document, indent=2) + "\n").encode() if document else b""


def _key(text: str) -> WorkloadKey:
    namespace, kind, name = text.split("/", 2)
    return WorkloadKey(namespace, kind, name)
