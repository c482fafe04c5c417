"""How pushes enter the process."""

from __future__ import annotations

import structlog

from watch_cluster.adapters.hooks.receiver import HookReceiver
from watch_cluster.adapters.hooks.secrets import SecretFolder
from watch_cluster.adapters.hooks.server import HookServer
from watch_cluster.adapters.http.server import PortUnavailable
from watch_cluster.adapters.workers import Workers
from watch_cluster.application.ports.push_inbox import PushInbox
from watch_cluster.application.ports.reporting.metrics import Metrics
from watch_cluster.entrypoints.controller.push_watch import PushWatch
from watch_cluster.entrypoints.settings.settings import Settings


def hook_server(
    settings: Settings, inbox: PushInbox, watch: PushWatch, metrics: Metrics, workers: Workers
) -> HookServer:
    """Bind `HOOKS_PORT` and serve hooks. Raises `PortUnavailable`."""
    receiver = HookReceiver(SecretFolder(settings.HOOKS_SECRETS), inbox, watch.wake, metrics.count_hook)
    try:
        server = HookServer(settings.HOOKS_PORT, receiver, workers)
    except OSError as error:
        raise PortUnavailable("HOOKS_PORT", settings.HOOKS_PORT, error) from error
    log = structlog.get_logger()
    sources = receiver.configured()
    if sources:
        log.info("pushes are received", port=server.port, sources=sources)
    else:
        log.warning("there is no secret, so that every push is refused", HOOKS_SECRETS=str(settings.HOOKS_SECRETS))
    return server
