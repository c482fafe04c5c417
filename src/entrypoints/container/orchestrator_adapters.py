"""What the adapters of every orchestrator provide to the container."""

from __future__ import annotations

from dataclasses import dataclass

from watch_cluster.application.ports.failure_memory import FailureMemory
from watch_cluster.application.ports.leadership import Leadership
from watch_cluster.application.ports.orchestrator.orchestrator import Orchestrator
from watch_cluster.application.ports.orchestrator.signing_keys import SigningKeys
from watch_cluster.application.ports.push_inbox import PushInbox
from watch_cluster.application.ports.registry.pull_credentials import PullCredentials
from watch_cluster.application.ports.reporting.digests import DigestLog
from watch_cluster.application.ports.reporting.notifier import Notifier


class NoOrchestrator(Exception):  # noqa: N818 - the name says what is wrong
    """The orchestrator cannot be used as it is configured; one line for a person."""


@dataclass(frozen=True, slots=True)
class OrchestratorAdapters:
    """What differs between orchestrators."""

    orchestrator: Orchestrator
    leadership: Leadership
    notifier: Notifier
    credentials: PullCredentials
    inbox: PushInbox
    memory: FailureMemory
    digests: DigestLog
    keys: SigningKeys
