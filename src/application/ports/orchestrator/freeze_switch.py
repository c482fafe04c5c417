"""The port that freezes rollouts in a namespace."""

from __future__ import annotations

from typing import Protocol


class FreezeSwitch(Protocol):
    """Freezes and unfreezes namespaces."""

    def freeze(self, namespace: str, reason: str | None) -> None:
        """Freeze rollouts in the namespace for that reason; None unfreezes them.

        Raises `OrchestratorUnavailable` or `ChangeRejected`.
        """
