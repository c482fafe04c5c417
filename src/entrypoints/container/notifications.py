"""How notifications leave the process: as webhooks, and through channels."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Final

from watch_cluster.adapters.http.poster import HttpPoster
from watch_cluster.adapters.http.tls import tls_context
from watch_cluster.adapters.notifications.client import WebhookClient, WebhookEndpoint
from watch_cluster.adapters.notifications.null_outbox import NullOutbox
from watch_cluster.adapters.notifications.outbox import CHANNEL, QueuedOutbox
from watch_cluster.adapters.workers import Workers
from watch_cluster.application.ports.orchestrator.orchestrator import Orchestrator
from watch_cluster.application.ports.reporting.metrics import Metrics
from watch_cluster.application.ports.reporting.outbox import Outbox
from watch_cluster.application.reconcile.route_notifications import RoutedOutbox
from watch_cluster.application.reconcile.send_digests import DigestChannel
from watch_cluster.domain.schedule import Schedule
from watch_cluster.domain.schedule.timezone import parse_timezone
from watch_cluster.entrypoints.settings.settings import Settings

if TYPE_CHECKING:
    from watch_cluster.adapters.notifications.channels.channel_sender import Transport
    from watch_cluster.adapters.notifications.channels.specs import ChannelSpec

CLOSE_SECONDS: Final = 3.0
"""How long a process that stops waits for its last webhooks. Ends of rollouts that remain are on record."""


def notification_outbox(
    settings: Settings, metrics: Metrics, workers: Workers, orchestrator: Orchestrator
) -> Iterator[Outbox]:
    """The outbox of the webhook and the channels, as far as there are any."""
    poster = partial(HttpPoster, tls_context(settings.REGISTRY_CA_FILE), settings.proxies)
    outbox: Outbox = _webhook(settings, metrics, workers, poster())
    if settings.NOTIFICATIONS is not None:
        from watch_cluster.adapters.notifications.channels.specs import read_channels

        channels = {
            name: _channel(name, spec, settings, metrics, workers, poster())
            for name, spec in read_channels(settings.NOTIFICATIONS).items()
            if spec.digest is None
        }
        names, default = settings.channel_names, settings.default_channels
        outbox = RoutedOutbox(outbox, channels, names, orchestrator.reader, default)
    yield outbox
    outbox.close(CLOSE_SECONDS)


def digest_channels(settings: Settings) -> Iterator[tuple[DigestChannel, ...]]:
    """The channels with a digest."""
    if settings.NOTIFICATIONS is None:
        yield ()
        return
    from watch_cluster.adapters.notifications.channels.digest_sender import LONG, SHORT, MessageDigestSender
    from watch_cluster.adapters.notifications.channels.specs import read_channels

    transports: list[Transport] = []
    channels: list[DigestChannel] = []
    for name, spec in read_channels(settings.NOTIFICATIONS).items():
        if spec.digest is None:
            continue
        transport = _transport(spec, settings, HttpPoster(tls_context(settings.REGISTRY_CA_FILE), settings.proxies))
        zone = parse_timezone(spec.timezone)
        sender = MessageDigestSender(transport, zone, SHORT if spec.email is None else LONG)
        transports.append(transport)
        channels.append(DigestChannel(name, Schedule.parse(spec.digest), zone, frozenset(spec.types), sender))
    yield tuple(channels)
    for transport in transports:
        transport.close()


def _webhook(settings: Settings, metrics: Metrics, workers: Workers, poster: HttpPoster) -> Outbox:
    if settings.WEBHOOK_URL is None:
        return NullOutbox()
    secret = settings.WEBHOOK_SECRET
    endpoint = WebhookEndpoint(
        settings.WEBHOOK_URL,
        tuple((name, value.get_secret_value()) for name, value in settings.WEBHOOK_HEADERS),
        settings.WEBHOOK_TIMEOUT / 1000,
        None if secret is None else secret.get_secret_value(),
    )
    return QueuedOutbox(
        WebhookClient(endpoint, poster),
        settings.webhooks,
        settings.WEBHOOK_RETRY_COUNT,
        on_result=metrics.count_webhook,
        workers=workers,
    )


def _channel(
    name: str, spec: ChannelSpec, settings: Settings, metrics: Metrics, workers: Workers, poster: HttpPoster
) -> Outbox:
    from watch_cluster.adapters.notifications.channels.channel_sender import ChannelSender

    return QueuedOutbox(
        ChannelSender(name, _transport(spec, settings, poster), spec.template),
        frozenset(spec.types),
        settings.WEBHOOK_RETRY_COUNT,
        on_result=metrics.count_webhook,
        workers=workers,
        threads=1,
        kind=CHANNEL,
    )


def _transport(spec: ChannelSpec, settings: Settings, poster: HttpPoster) -> Transport:
    from watch_cluster.adapters.notifications.channels import chat
    from watch_cluster.adapters.notifications.channels.apprise_sender import AppriseSender
    from watch_cluster.adapters.notifications.channels.mail import Mail

    for url, body in ((spec.slack, chat.slack), (spec.teams, chat.teams), (spec.discord, chat.discord)):
        if url is not None:
            return chat.Chat(url.get_secret_value(), body, poster)
    if spec.telegram is not None:
        server, token = spec.telegram.server.get_secret_value().rstrip("/"), spec.telegram.token.get_secret_value()
        return chat.Chat(f"{server}/bot{token}/sendMessage", chat.telegram(spec.telegram.chat), poster)
    if spec.ntfy is not None:
        token = "" if spec.ntfy.token is None else spec.ntfy.token.get_secret_value()
        headers = (("Authorization", f"Bearer {token}"),) if token else ()
        return chat.Chat(spec.ntfy.server.get_secret_value(), chat.ntfy(spec.ntfy.topic), poster, headers)
    if spec.email is not None:
        mail = spec.email
        return Mail(
            mail.server,
            mail.port,
            mail.sender,
            mail.to,
            mail.security,
            mail.username.get_secret_value(),
            mail.password.get_secret_value(),
            tls_context(settings.REGISTRY_CA_FILE),
        )
    assert spec.apprise is not None  # noqa: S101 - a channel has exactly one transport
    return AppriseSender(spec.apprise.get_secret_value())
