"""Observed failures on a Lease of their own: tenants cannot write it, and each replica may do so already."""

from __future__ import annotations

import json
import re
from typing import Final

from watch_cluster.adapters.kubernetes.lease.leadership import Leases
from watch_cluster.adapters.kubernetes.lease.store import LeaseConflict, LeaseUnavailable
from watch_cluster.application.ports.failure_memory import (
    MOST,
    MOST_OF_A_NAMESPACE,
    FailureMemoryUnavailable,
    Failures,
    merged,
)

NAME: Final = "watch-cluster-failures"
FAILURES: Final = "watch-cluster.io/failures"
"""The annotation with a JSON object: for each namespace, its proofs with blanks between them."""
_MAX_CHARACTERS: Final = 256 * 1024
"""The API server allows no more for annotations; 1,024 proofs, each of another namespace, are 100 KB."""
_PROOF: Final = re.compile(r"[A-Za-z0-9_-]{1,32}")
_NAMESPACE: Final = re.compile(r"[a-z0-9-]{1,63}")
_ATTEMPTS: Final = 5
_TIMEOUT_SECONDS: Final = 3.0


class LeaseFailureMemory:
    """Implements the port `FailureMemory` on the Lease `watch-cluster-failures`."""

    def __init__(self, leases: Leases) -> None:
        self._leases = leases

    def failures(self) -> Failures:
        """Read the Lease. Raises `FailureMemoryUnavailable`."""
        try:
            record = self._leases.read(_TIMEOUT_SECONDS)
        except LeaseUnavailable as error:
            raise FailureMemoryUnavailable(str(error)) from error
        return {} if record is None else _parse(record.annotation(FAILURES))

    def add(self, failures: Failures) -> None:
        """Write the Lease. Raises `FailureMemoryUnavailable`."""
        for _ in range(_ATTEMPTS):
            try:
                record = self._leases.read(_TIMEOUT_SECONDS) or self._leases.new(None)
                kept = merged(_parse(record.annotation(FAILURES)), failures)
                content = json.dumps(
                    {namespace: " ".join(proofs) for namespace, proofs in kept.items()}, separators=(",", ":")
                )
                self._leases.write(record.with_annotation(FAILURES, content), _TIMEOUT_SECONDS)
            except LeaseConflict:
                continue
            except LeaseUnavailable as error:
                raise FailureMemoryUnavailable(str(error)) from error
            return
        raise FailureMemoryUnavailable(f"other replicas write the Lease {NAME} too often")


def _parse(text: str | None) -> dict[str, tuple[str, ...]]:
    """Read what `add` wrote. What else stands there is left out."""
    try:
        document = json.loads(text or "{}") if len(text or "") <= _MAX_CHARACTERS else None
    except (ValueError, RecursionError):
        return {}
    if not isinstance(document, dict):
        return {}
    failures: dict[str, tuple[str, ...]] = {}
    for namespace, written in list(document.items())[-MOST:]:
        if not isinstance(written, str) or _NAMESPACE.fullmatch(namespace) is None:
            continue
        proofs = tuple(each for each in written.split() if _PROOF.fullmatch(each))[-MOST_OF_A_NAMESPACE:]
        if proofs:
            failures[namespace] = proofs
    return failures
