"""Webhooks arrive in order, again when that helps, and hold up nobody."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from tests.cluster.processes import free_port, wait_until
from tests.fakes.webhook_receiver import Answer, WebhookReceiver
from watch_cluster.adapters.webhook.client import ID_HEADER, SIGNATURE_HEADER, WebhookEndpoint
from watch_cluster.adapters.webhook.null_outbox import NoOutbox
from watch_cluster.adapters.webhook.outbox import WebhookOutbox
from watch_cluster.adapters.webhook.payload import payload
from watch_cluster.application.ports.outbox import DeliveryStatus, Outbox
from watch_cluster.domain.rollout.notification import Notification, NotificationType
from watch_cluster.domain.workload.workload import Container, WorkloadKey

SHOP = WorkloadKey("default", "Deployment", "shop")
CART = WorkloadKey("default", "Deployment", "cart")
NOON = datetime(2024, 1, 1, 12, tzinfo=UTC)
EVERYTHING = frozenset(NotificationType)
PATIENCE = 10.0

Connect = Callable[..., WebhookOutbox]


def an_end(number: int = 1, key: WorkloadKey = SHOP) -> Notification:
    containers = (Container("app", f"shop:{number}"),)
    return Notification(f"{key.name}-{number}", NotificationType.IMAGE_ROLLOUT_COMPLETED, key, containers, NOON)


def a_detection(number: int = 1, key: WorkloadKey = SHOP) -> Notification:
    return replace(
        an_end(number, key), id=f"{key.name}-d{number}", notification_type=NotificationType.DEPLOYMENT_DETECTED
    )


@pytest.fixture
def receiver() -> Iterator[WebhookReceiver]:
    with WebhookReceiver() as running:
        yield running


@pytest.fixture
def connect(receiver: WebhookReceiver) -> Iterator[Connect]:
    """Make an outbox; what is not said is as the tests like it."""
    made: list[WebhookOutbox] = []

    def make(
        retries: int = 3, capacity: int = 1000, wanted: frozenset[NotificationType] = EVERYTHING, **of: object
    ) -> WebhookOutbox:
        target = WebhookEndpoint(**{"url": receiver.url, "timeout_seconds": PATIENCE, **of})  # type: ignore[arg-type]
        made.append(WebhookOutbox(target, wanted, retries, capacity=capacity, first_pause=0))
        return made[-1]

    yield make
    receiver.open.set()
    for outbox in made:
        outbox.close(0)


def settled(outbox: Outbox, notification: Notification) -> DeliveryStatus:
    """Wait for the end of the announcement's way."""
    wait_until(
        lambda: outbox.status_of(notification.id) is not DeliveryStatus.WAITING,
        f"{notification.id} comes to an end",
        PATIENCE,
    )
    return outbox.status_of(notification.id)


def test_a_webhook_is_one_post_with_the_body_and_what_a_receiver_needs(
    receiver: WebhookReceiver, connect: Connect
) -> None:
    outbox = connect(
        headers=(
            ("Authorization", "Bearer t"),
            ("host", "evil"),
            ("user-agent", "mine"),
            ("x-watch-cluster-delivery", "evil"),
        ),
        secret="s3cret",
    )
    outbox.put(an_end())

    received = receiver.receive()
    assert received.path == "/hook?token=hidden"
    assert received.body == payload(an_end())
    assert received.headers["content-type"] == "application/json"
    assert received.headers["authorization"] == "Bearer t"
    assert received.headers["user-agent"] == "mine"
    assert received.headers["host"] == receiver.host
    assert received.headers[ID_HEADER.lower()] == "shop-1"
    expected = hmac.new(b"s3cret", received.body, hashlib.sha256).hexdigest()
    assert received.headers[SIGNATURE_HEADER.lower()] == f"sha256={expected}"
    assert settled(outbox, an_end()) is DeliveryStatus.SETTLED


def test_without_a_secret_nothing_is_signed(receiver: WebhookReceiver, connect: Connect) -> None:
    connect().put(an_end())
    assert SIGNATURE_HEADER.lower() not in receiver.receive().headers


@pytest.mark.parametrize(
    "failure",
    [
        *(pytest.param(Answer(status), id=str(status)) for status in (408, 425, 429, 500, 502, 503, 599)),
        pytest.param(Answer(cut=True), id="cut off"),
    ],
)
def test_what_passes_is_tried_again_with_the_same_id(
    receiver: WebhookReceiver, connect: Connect, failure: Answer
) -> None:
    receiver.answers.extend([failure] * 3)
    outbox = connect(retries=3)
    outbox.put(an_end())

    assert settled(outbox, an_end()) is DeliveryStatus.SETTLED
    assert len({each.headers[ID_HEADER.lower()] for each in receiver.received}) == 1
    assert len({each.body for each in receiver.received}) == 1
    assert len(receiver.received) == 4


@pytest.mark.parametrize("retries", [0, 2])
def test_retries_count_the_attempts_after_the_first(receiver: WebhookReceiver, connect: Connect, retries: int) -> None:
    receiver.answers.extend([Answer(500)] * 10)
    outbox = connect(retries=retries)
    with capture_logs() as logs:
        outbox.put(an_end())
        assert settled(outbox, an_end()) is DeliveryStatus.FAILED

    assert len(receiver.received) == retries + 1
    [line] = logs
    assert (line["receiver"], line["why"], line["attempts"]) == (receiver.host, "it answered 500", retries + 1)
    assert "hidden" not in json.dumps(line)


@pytest.mark.parametrize("status", [301, 302, 307, 400, 401, 403, 404, 410, 413])
def test_what_no_repetition_mends_is_sent_once(receiver: WebhookReceiver, connect: Connect, status: int) -> None:
    receiver.answers.append(Answer(status, (("Location", "/elsewhere"),)))
    outbox = connect()
    outbox.put(an_end())
    assert settled(outbox, an_end()) is DeliveryStatus.SETTLED
    assert len(receiver.received) == 1


def test_what_failed_may_be_put_again(receiver: WebhookReceiver, connect: Connect) -> None:
    receiver.answers.append(Answer(500))
    outbox = connect(retries=0)
    outbox.put(an_end())
    assert settled(outbox, an_end()) is DeliveryStatus.FAILED
    outbox.put(an_end())
    assert settled(outbox, an_end()) is DeliveryStatus.SETTLED


@pytest.mark.parametrize("url", ["http://127.0.0.1:{port}/", "https://127.0.0.1:{port}/"])
def test_nobody_there_is_a_failure_like_any_other(connect: Connect, url: str) -> None:
    outbox = connect(url=url.format(port=free_port()), retries=1)
    outbox.put(an_end())
    assert settled(outbox, an_end()) is DeliveryStatus.FAILED


def test_a_receiver_that_speaks_no_tls_is_a_failure(receiver: WebhookReceiver, connect: Connect) -> None:
    outbox = connect(url=f"https://{receiver.host}/", retries=0)
    outbox.put(an_end())
    assert settled(outbox, an_end()) is DeliveryStatus.FAILED


@pytest.mark.parametrize("drip", [True, False], ids=["a slow drip", "silence"])
def test_a_slow_receiver_is_given_up_at_the_deadline(
    receiver: WebhookReceiver, connect: Connect, *, drip: bool
) -> None:
    if drip:
        receiver.answers.append(Answer(drip=True))
    else:
        receiver.open.clear()
    outbox = connect(retries=0, timeout_seconds=0.2)
    with capture_logs() as logs:
        outbox.put(an_end())
        assert settled(outbox, an_end()) is DeliveryStatus.FAILED
    assert logs[0]["why"] == "no answer within 0.2 s"


def test_putting_never_waits_for_the_receiver(receiver: WebhookReceiver, connect: Connect) -> None:
    receiver.open.clear()
    outbox = connect()
    for number in range(100):
        outbox.put(an_end(number))
    assert outbox.status_of(an_end(99).id) is DeliveryStatus.WAITING


def test_one_workloads_trouble_does_not_hold_up_another(receiver: WebhookReceiver, connect: Connect) -> None:
    receiver.answers.extend([Answer(500)] * 3)
    outbox = connect(retries=3)
    outbox.put(an_end(1))
    outbox.put(an_end(1, CART))
    assert settled(outbox, an_end(1, CART)) is DeliveryStatus.SETTLED
    assert settled(outbox, an_end(1)) is DeliveryStatus.SETTLED


def test_what_waits_already_is_not_doubled(receiver: WebhookReceiver, connect: Connect) -> None:
    receiver.open.clear()
    outbox = connect()
    for _ in range(3):
        outbox.put(an_end())
    receiver.open.set()
    assert settled(outbox, an_end()) is DeliveryStatus.SETTLED
    outbox.put(an_end(2))
    assert settled(outbox, an_end(2)) is DeliveryStatus.SETTLED
    assert len(receiver.received) == 2


def test_what_was_not_enabled_is_not_sent(receiver: WebhookReceiver, connect: Connect) -> None:
    outbox = connect(wanted=frozenset({NotificationType.IMAGE_ROLLOUT_COMPLETED}))
    outbox.put(a_detection())
    outbox.put(an_end())
    assert outbox.status_of(a_detection().id) is DeliveryStatus.SETTLED
    assert settled(outbox, an_end()) is DeliveryStatus.SETTLED
    assert [json.loads(each.body)["eventType"] for each in receiver.received] == ["IMAGE_ROLLOUT_COMPLETED"]


def test_when_there_is_too_much_detections_are_dropped_and_ends_are_not(
    receiver: WebhookReceiver, connect: Connect
) -> None:
    receiver.open.clear()
    outbox = connect(capacity=5)
    with capture_logs() as logs:
        for number in range(10):
            outbox.put(a_detection(number, WorkloadKey("default", "Deployment", f"shop-{number}")))
        for number in range(10):
            outbox.put(an_end(number, CART))
    receiver.open.set()

    assert settled(outbox, an_end(9, CART)) is DeliveryStatus.SETTLED
    ends = [each for each in receiver.received if b"COMPLETED" in each.body]
    assert len(ends) == 10
    assert len(receiver.received) - len(ends) < 10
    assert [each["event"] for each in logs] == ["webhooks are dropped, since the receiver is behind"]


def test_a_stop_delivers_what_waits_and_then_no_more(receiver: WebhookReceiver, connect: Connect) -> None:
    outbox = connect()
    for number in range(5):
        outbox.put(an_end(number))
    outbox.close(PATIENCE)
    outbox.put(an_end(5))
    assert len(receiver.received) == 5
    assert outbox.status_of(an_end(5).id) is DeliveryStatus.UNKNOWN


def test_a_stop_does_not_wait_for_a_dead_receiver_for_ever(receiver: WebhookReceiver, connect: Connect) -> None:
    receiver.open.clear()
    outbox = connect()
    outbox.put(an_end())
    with capture_logs() as logs:
        outbox.close(0.05)
    assert any(each["event"] == "webhooks were not delivered before the end" for each in logs)


def test_nobody_wants_nothing() -> None:
    outbox: Outbox = NoOutbox()
    outbox.put(an_end())
    outbox.close(0)
    assert not any(outbox.wants(notification_type) for notification_type in NotificationType)
    assert outbox.status_of("1") is DeliveryStatus.SETTLED


@settings(max_examples=20, deadline=None)
@given(
    failures=st.lists(st.sampled_from([200, 500, 503]), max_size=15),
    puts=st.lists(st.sampled_from([SHOP, CART]), min_size=1, max_size=8),
)
def test_whatever_fails_the_announcements_of_a_workload_arrive_in_their_order(
    failures: list[int], puts: list[WorkloadKey]
) -> None:
    with WebhookReceiver(Answer(status) for status in failures) as receiver:
        outbox = WebhookOutbox(WebhookEndpoint(receiver.url), EVERYTHING, len(failures), first_pause=0)
        notifications = [an_end(number, key) for number, key in enumerate(puts)]
        for notification in notifications:
            outbox.put(notification)
        assert {settled(outbox, each) for each in notifications} == {DeliveryStatus.SETTLED}
        outbox.close(0)
        for key in (SHOP, CART):
            arrived = [json.loads(each.body)["deployment"]["image"] for each in receiver.received]
            ours = [
                each
                for each, one in zip(arrived, receiver.received, strict=True)
                if one.headers[ID_HEADER.lower()].startswith(key.name)
            ]
            expected = [each.containers[0].image for each in notifications if each.workload == key]
            assert list(dict.fromkeys(ours)) == expected
