"""The channels that workloads may name: the operator makes them, and says which namespaces may use them."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Final

from watch_cluster.domain.workload import annotation
from watch_cluster.domain.workload.workload import Workload

MAX_CHANNELS: Final = 10
_NAME: Final = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?", re.ASCII)


def parse_channels(text: str) -> tuple[str, ...]:
    """Parse names, separated by commas. Raises `ValueError` with what is allowed: never an address."""
    names = tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))
    if not names or not all(_NAME.fullmatch(name) for name in names):
        raise ValueError("names of channels that the operator has made, comma-separated")
    return names


def names_of(workload: Workload, default: str) -> tuple[str, ...]:
    """The channels that the workload names, else its namespace, else the default; none if that is invalid."""
    text = workload.annotations.get(annotation.NOTIFY, workload.inherited.get(annotation.NOTIFY, default))
    try:
        return parse_channels(text)[:MAX_CHANNELS] if text else ()
    except ValueError:
        return ()


@dataclass(frozen=True, slots=True)
class ChannelNames:
    """The channels that there are, each with the namespaces that may use it: all when none is named."""

    namespaces: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def fault(self, names: Collection[str], namespace: str) -> str | None:
        """Say which of the names the namespace may not use, in one line for its people; None if it may use all."""
        wrong = [name for name in names if not self.allows(name, namespace)]
        if not wrong:
            return None
        return (
            f"{annotation.NOTIFY}: there is no channel {', '.join(wrong)} for this namespace; updates go on, and nobody"
            " is notified there (ask the operator of Watch-Cluster)"
        )

    def allows(self, name: str, namespace: str) -> bool:
        """Whether there is such a channel for workloads of the namespace."""
        allowed = self.namespaces.get(name)
        return allowed is not None and (not allowed or namespace in allowed)
