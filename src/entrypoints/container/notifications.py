"""How webhooks leave the process."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from watch_cluster.adapters.http.poster import HttpPoster
from watch_cluster.adapters.http.tls import tls_context
from watch_cluster.adapters.notifications.client import WebhookClient, WebhookEndpoint
from watch_cluster.adapters.notifications.null_outbox import NullOutbox
from watch_cluster.adapters.notifications.outbox import QueuedOutbox
from watch_cluster.adapters.workers import Workers
from watch_cluster.application.ports.reporting.metrics import Metrics
from watch_cluster.application.ports.reporting.outbox import Outbox
from watch_cluster.entrypoints.settings.settings import Settings

CLOSE_SECONDS: Final = 3.0
"""How long a process that stops waits for its last webhooks. Ends of rollouts that remain are on record."""


def webhook_outbox(settings: Settings, metrics: Metrics, workers: Workers) -> Iterator[Outbox]:
    """The outbox of the webhook, if there is one."""
    if settings.WEBHOOK_URL is None:
        yield NullOutbox()
        return
    secret = settings.WEBHOOK_SECRET
    endpoint = WebhookEndpoint(
        settings.WEBHOOK_URL,
        tuple((name, value.get_secret_value()) for name, value in settings.WEBHOOK_HEADERS),
        settings.WEBHOOK_TIMEOUT / 1000,
        None if secret is None else secret.get_secret_value(),
    )
    poster = HttpPoster(tls_context(settings.REGISTRY_CA_FILE), settings.proxies)
    outbox = QueuedOutbox(
        WebhookClient(endpoint, poster),
        settings.webhooks,
        settings.WEBHOOK_RETRY_COUNT,
        on_result=metrics.count_webhook,
        workers=workers,
    )
    yield outbox
    outbox.close(CLOSE_SECONDS)
