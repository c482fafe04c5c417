"""The port for failures of images that a leader has observed, kept where no tenant can write."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

Failures = Mapping[str, tuple[str, ...]]
"""By namespace, the proofs of its failures (`ImageOutcomes`), the oldest first."""

MOST_OF_A_NAMESPACE = 32
MOST = 1024


class FailureMemoryUnavailable(Exception):  # noqa: N818 - the name says what is wrong
    """The memory cannot be read or written now. The message is one line."""


class FailureMemory(Protocol):
    """Keeps proofs for the next leader, if the orchestrator has a place for them. Thread-safe.

    Bounded: a namespace has at most 32, all together 1,024, and of those that have most, the oldest go first.
    """

    def failures(self) -> Failures:
        """Return what is kept. Raises `FailureMemoryUnavailable`."""

    def add(self, failures: Failures) -> None:
        """Keep these, too. Raises `FailureMemoryUnavailable`; it is then unknown whether they are kept."""


def merged(present: Failures, added: Failures) -> dict[str, tuple[str, ...]]:
    """Return both within the bounds of the memory; namespaces with the latest failures come last."""
    kept = {namespace: proofs for namespace, proofs in present.items() if namespace not in added}
    for namespace, proofs in added.items():
        every = dict.fromkeys(each for each in present.get(namespace, ()) if each not in proofs) | dict.fromkeys(proofs)
        kept[namespace] = tuple(every)[-MOST_OF_A_NAMESPACE:]
    while sum(len(proofs) for proofs in kept.values()) > MOST:
        largest = max(kept, key=lambda namespace: len(kept[namespace]))
        kept[largest] = kept[largest][1:]
        if not kept[largest]:
            del kept[largest]
    return kept
