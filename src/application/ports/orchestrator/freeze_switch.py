"""The port that freezes rollouts in a namespace."""

from __future__ import annotations

from typing import Protocol


class FreezeSwitch(Protocol):
    """Freezes and unfreezes namespaces."""

    def freeze(self, namespace: str, reason: str | None) -> None:
        """Stop rollouts from starting in the namespace, for that reason; None lets them start again.

        Raises `OrchestratorUnavailable` or `ChangeRejected`.
        """
