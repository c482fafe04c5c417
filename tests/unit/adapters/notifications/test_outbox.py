"""Webhooks arrive in order, are retried if that can help, and delay nothing."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from tests.cluster.processes import free_port, wait_until
from tests.servers.webhook_receiver import Answer, WebhookReceiver
from watch_cluster.adapters.notifications.client import (
    BODY_SIGNATURE_HEADER,
    ID_HEADER,
    SIGNATURE_HEADER,
    STANDARD_ID_HEADER,
    STANDARD_SIGNATURE_HEADER,
    STANDARD_TIMESTAMP_HEADER,
    TIMESTAMP_HEADER,
    WebhookClient,
    WebhookEndpoint,
    _standard_signature,
)
from watch_cluster.adapters.notifications.null_outbox import NullOutbox
from watch_cluster.adapters.notifications.outbox import QueuedOutbox
from watch_cluster.adapters.notifications.payload import payload
from watch_cluster.application.ports.reporting.outbox import DeliveryStatus, Outbox
from watch_cluster.domain.rollout.notification import Notification, NotificationType
from watch_cluster.domain.workload.workload import Container, WorkloadKey

SHOP = WorkloadKey("default", "Deployment", "shop")
CART = WorkloadKey("default", "Deployment", "cart")
NOON = datetime(2024, 1, 1, 12, tzinfo=UTC)
EVERYTHING = frozenset(NotificationType)
PATIENCE = 10.0

Connect = Callable[..., QueuedOutbox]


def a_completion(number: int = 1, key: WorkloadKey = SHOP) -> Notification:
    containers = (Container("app", f"shop:{number}"),)
    return Notification(f"{key.name}-{number}", NotificationType.IMAGE_ROLLOUT_COMPLETED, key, containers, NOON)


def a_detection(number: int = 1, key: WorkloadKey = SHOP) -> Notification:
    return replace(a_completion(number, key), id=f"{key.name}-d{number}", type=NotificationType.DEPLOYMENT_DETECTED)


@pytest.fixture
def receiver() -> Iterator[WebhookReceiver]:
    with WebhookReceiver() as running:
        yield running


@pytest.fixture
def connect(receiver: WebhookReceiver) -> Iterator[Connect]:
    """Create outboxes with defaults for tests."""
    made: list[QueuedOutbox] = []

    def make(
        retries: int = 3, capacity: int = 1000, wanted: frozenset[NotificationType] = EVERYTHING, **of: object
    ) -> QueuedOutbox:
        target = WebhookEndpoint(**{"url": receiver.url, "timeout_seconds": PATIENCE, **of})  # type: ignore[arg-type]
        made.append(QueuedOutbox(WebhookClient(target), wanted, retries, capacity=capacity, initial_backoff=0))
        return made[-1]

    yield make
    receiver.open.set()
    for outbox in made:
        outbox.close(0)


def wait_for_status(outbox: Outbox, notification: Notification) -> DeliveryStatus:
    """Wait until the notification is no longer waiting."""
    wait_until(
        lambda: outbox.status_of(notification.id) is not DeliveryStatus.WAITING,
        f"{notification.id} comes to an end",
        PATIENCE,
    )
    return outbox.status_of(notification.id)


def test_sends_one_post_with_body_and_headers(receiver: WebhookReceiver, connect: Connect) -> None:
    outbox = connect(
        headers=(
            ("Authorization", "Bearer t"),
            ("host", "evil"),
            ("user-agent", "mine"),
            ("x-watch-cluster-delivery", "evil"),
            ("x-watch-cluster-timestamp", "0"),
        ),
        secret="s3cret",
    )
    outbox.put(a_completion())

    received = receiver.receive()
    assert received.path == "/hook?token=hidden"
    assert received.body == payload(a_completion())
    assert received.headers["content-type"] == "application/json"
    assert received.headers["authorization"] == "Bearer t"
    assert received.headers["user-agent"] == "mine"
    assert received.headers["host"] == receiver.host
    assert received.headers[ID_HEADER.lower()] == "shop-1"
    assert received.headers[BODY_SIGNATURE_HEADER.lower()] == f"sha256={signed(b's3cret', received.body)}"
    assert wait_for_status(outbox, a_completion()) is DeliveryStatus.SETTLED


def test_signs_id_time_and_body(receiver: WebhookReceiver, connect: Connect) -> None:
    before = int(time.time())
    connect(secret="s3cret").put(a_completion())

    received = receiver.receive()

    timestamp = received.headers[TIMESTAMP_HEADER.lower()]
    assert before <= int(timestamp) <= time.time()
    content = f"shop-1.{timestamp}.".encode() + received.body
    assert received.headers[SIGNATURE_HEADER.lower()] == f"sha256={signed(b's3cret', content)}"


def test_signs_as_standard_webhooks_do(receiver: WebhookReceiver, connect: Connect) -> None:
    connect(secret="whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").put(a_completion())

    received = receiver.receive()

    identity, timestamp = (received.headers[name] for name in (STANDARD_ID_HEADER, STANDARD_TIMESTAMP_HEADER))
    assert identity == "shop-1"
    key = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    digest = hmac.new(key, f"shop-1.{timestamp}.".encode() + received.body, hashlib.sha256).digest()
    assert received.headers[STANDARD_SIGNATURE_HEADER] == f"v1,{base64.b64encode(digest).decode()}"


def test_the_signature_is_that_of_the_published_example() -> None:
    content = b'msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330.{"test": 2432232314}'
    signature = _standard_signature("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", content)
    assert signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def signed(secret: bytes, content: bytes) -> str:
    return hmac.new(secret, content, hashlib.sha256).hexdigest()


def test_does_not_sign_without_a_secret(receiver: WebhookReceiver, connect: Connect) -> None:
    connect().put(a_completion())
    headers = receiver.receive().headers
    assert {SIGNATURE_HEADER.lower(), BODY_SIGNATURE_HEADER.lower()} & headers.keys() == set()


@pytest.mark.parametrize(
    "failure",
    [
        *(pytest.param(Answer(status), id=str(status)) for status in (408, 425, 429, 500, 502, 503, 599)),
        pytest.param(Answer(cut=True), id="cut off"),
    ],
)
def test_retries_transient_failures_with_the_same_id(
    receiver: WebhookReceiver, connect: Connect, failure: Answer
) -> None:
    receiver.answers.extend([failure] * 3)
    outbox = connect(retries=3)
    outbox.put(a_completion())

    assert wait_for_status(outbox, a_completion()) is DeliveryStatus.SETTLED
    assert len({each.headers[ID_HEADER.lower()] for each in receiver.received}) == 1
    assert len({each.body for each in receiver.received}) == 1
    assert len(receiver.received) == 4


@pytest.mark.parametrize("retries", [0, 2])
def test_limits_the_number_of_retries(receiver: WebhookReceiver, connect: Connect, retries: int) -> None:
    receiver.answers.extend([Answer(500)] * 10)
    outbox = connect(retries=retries)
    with capture_logs() as logs:
        outbox.put(a_completion())
        assert wait_for_status(outbox, a_completion()) is DeliveryStatus.FAILED

    assert len(receiver.received) == retries + 1
    [line] = logs
    assert (line["receiver"], line["error"], line["attempts"]) == (receiver.host, "status 500", retries + 1)
    assert "hidden" not in json.dumps(line)


@pytest.mark.parametrize("status", [301, 302, 307, 400, 401, 403, 404, 410, 413])
def test_does_not_retry_permanent_failures(receiver: WebhookReceiver, connect: Connect, status: int) -> None:
    receiver.answers.append(Answer(status, (("Location", "/elsewhere"),)))
    outbox = connect()
    outbox.put(a_completion())
    assert wait_for_status(outbox, a_completion()) is DeliveryStatus.SETTLED
    assert len(receiver.received) == 1


def test_a_failed_notification_can_be_put_again(receiver: WebhookReceiver, connect: Connect) -> None:
    receiver.answers.append(Answer(500))
    outbox = connect(retries=0)
    outbox.put(a_completion())
    assert wait_for_status(outbox, a_completion()) is DeliveryStatus.FAILED
    outbox.put(a_completion())
    assert wait_for_status(outbox, a_completion()) is DeliveryStatus.SETTLED


@pytest.mark.parametrize("url", ["http://127.0.0.1:{port}/", "https://127.0.0.1:{port}/"])
def test_an_unreachable_receiver_is_a_failure(connect: Connect, url: str) -> None:
    outbox = connect(url=url.format(port=free_port()), retries=1)
    outbox.put(a_completion())
    assert wait_for_status(outbox, a_completion()) is DeliveryStatus.FAILED


def test_a_receiver_without_tls_is_a_failure(receiver: WebhookReceiver, connect: Connect) -> None:
    outbox = connect(url=f"https://{receiver.host}/", retries=0)
    outbox.put(a_completion())
    assert wait_for_status(outbox, a_completion()) is DeliveryStatus.FAILED


@pytest.mark.parametrize("drip", [True, False], ids=["a slow drip", "silence"])
def test_a_slow_receiver_times_out_at_the_deadline(receiver: WebhookReceiver, connect: Connect, *, drip: bool) -> None:
    if drip:
        receiver.answers.append(Answer(drip=True))
    else:
        receiver.open.clear()
    outbox = connect(retries=0, timeout_seconds=0.2)
    with capture_logs() as logs:
        outbox.put(a_completion())
        assert wait_for_status(outbox, a_completion()) is DeliveryStatus.FAILED
    assert logs[0]["error"] == "no response within 0.2 s"


def test_putting_never_waits_for_the_receiver(receiver: WebhookReceiver, connect: Connect) -> None:
    receiver.open.clear()
    outbox = connect()
    for number in range(100):
        outbox.put(a_completion(number))
    assert outbox.status_of(a_completion(99).id) is DeliveryStatus.WAITING


def test_failures_of_one_workload_do_not_delay_another(receiver: WebhookReceiver, connect: Connect) -> None:
    receiver.answers.extend([Answer(500)] * 3)
    outbox = connect(retries=3)
    outbox.put(a_completion(1))
    outbox.put(a_completion(1, CART))
    assert wait_for_status(outbox, a_completion(1, CART)) is DeliveryStatus.SETTLED
    assert wait_for_status(outbox, a_completion(1)) is DeliveryStatus.SETTLED


def test_does_not_queue_a_waiting_notification_twice(receiver: WebhookReceiver, connect: Connect) -> None:
    receiver.open.clear()
    outbox = connect()
    for _ in range(3):
        outbox.put(a_completion())
    receiver.open.set()
    assert wait_for_status(outbox, a_completion()) is DeliveryStatus.SETTLED
    outbox.put(a_completion(2))
    assert wait_for_status(outbox, a_completion(2)) is DeliveryStatus.SETTLED
    assert len(receiver.received) == 2


def test_does_not_send_types_that_are_not_enabled(receiver: WebhookReceiver, connect: Connect) -> None:
    outbox = connect(wanted=frozenset({NotificationType.IMAGE_ROLLOUT_COMPLETED}))
    outbox.put(a_detection())
    outbox.put(a_completion())
    assert outbox.status_of(a_detection().id) is DeliveryStatus.SETTLED
    assert wait_for_status(outbox, a_completion()) is DeliveryStatus.SETTLED
    assert [json.loads(each.body)["eventType"] for each in receiver.received] == ["IMAGE_ROLLOUT_COMPLETED"]


def test_drops_detections_before_ends_when_the_queue_is_full(receiver: WebhookReceiver, connect: Connect) -> None:
    receiver.open.clear()
    outbox = connect(capacity=5)
    with capture_logs() as logs:
        for number in range(10):
            outbox.put(a_detection(number, WorkloadKey("default", "Deployment", f"shop-{number}")))
        for number in range(4):
            outbox.put(a_completion(number, CART))
    receiver.open.set()

    assert wait_for_status(outbox, a_completion(3, CART)) is DeliveryStatus.SETTLED
    ends = [each for each in receiver.received if b"COMPLETED" in each.body]
    assert len(ends) == 4
    assert len(receiver.received) - len(ends) < 10
    assert [each["event"] for each in logs] == ["webhook queue full, dropping notifications"]


def test_accepts_ends_of_all_namespaces_when_one_has_filled_the_queue(
    receiver: WebhookReceiver, connect: Connect
) -> None:
    receiver.open.clear()
    outbox = connect(capacity=8)
    hostile = [a_completion(number, WorkloadKey("hostile", "Deployment", f"shop-{number}")) for number in range(1000)]
    for each in hostile:
        outbox.put(each)
    honest = [a_completion(number, WorkloadKey("honest", "Deployment", "shop")) for number in range(3)]
    for each in honest:
        outbox.put(each)

    assert [outbox.status_of(each.id) for each in honest] == [DeliveryStatus.WAITING] * 3
    waiting = [each for each in hostile if outbox.status_of(each.id) is DeliveryStatus.WAITING]
    assert len(waiting) == 5
    left_out = [each for each in hostile if outbox.status_of(each.id) is DeliveryStatus.UNKNOWN]
    assert len(left_out) == 995, "they stay on their records, and are put again"
    receiver.open.set()
    assert wait_for_status(outbox, honest[-1]) is DeliveryStatus.SETTLED
    wait_until(lambda: len(receiver.received) == 8, "the queue is empty", PATIENCE)
    outbox.put(left_out[0])
    assert wait_for_status(outbox, left_out[0]) is DeliveryStatus.SETTLED


def test_namespaces_take_turns(receiver: WebhookReceiver, connect: Connect) -> None:
    receiver.open.clear()
    outbox = connect()
    for number in range(200):
        outbox.put(a_completion(number, WorkloadKey("hostile", "Deployment", f"shop-{number}")))
    wait_until(lambda: len(receiver.received) == 4, "all threads send", PATIENCE)
    honest = a_completion(1, WorkloadKey("honest", "Deployment", "shop"))
    outbox.put(honest)
    receiver.open.set()
    assert wait_for_status(outbox, honest) is DeliveryStatus.SETTLED
    order = [json.loads(each.body)["deployment"]["namespace"] for each in receiver.received]
    assert order.index("honest") < 12


def test_a_notification_that_cannot_be_written_costs_no_thread(receiver: WebhookReceiver, connect: Connect) -> None:
    outbox = connect()
    with capture_logs() as logs:
        for number in range(8):
            key = WorkloadKey("hostile", "Deployment", f"shop-{number}")
            odd = replace(a_completion(number, key), id=f"\u00e9-{number}")
            outbox.put(odd)
            assert wait_for_status(outbox, odd) is DeliveryStatus.SETTLED
    outbox.put(a_completion(1, CART))
    assert wait_for_status(outbox, a_completion(1, CART)) is DeliveryStatus.SETTLED
    assert len(receiver.received) == 1
    assert [line["event"] for line in logs].count("a worker failed on a defect and continues") == 1


def test_close_delivers_waiting_notifications_and_no_more(receiver: WebhookReceiver, connect: Connect) -> None:
    outbox = connect()
    for number in range(5):
        outbox.put(a_completion(number))
    outbox.close(PATIENCE)
    outbox.put(a_completion(5))
    assert len(receiver.received) == 5
    assert outbox.status_of(a_completion(5).id) is DeliveryStatus.UNKNOWN


def test_close_does_not_wait_forever_for_a_dead_receiver(receiver: WebhookReceiver, connect: Connect) -> None:
    receiver.open.clear()
    outbox = connect()
    outbox.put(a_completion())
    with capture_logs() as logs:
        outbox.close(0.05)
    assert any(each["event"] == "webhooks not delivered before shutdown" for each in logs)


def test_the_null_outbox_accepts_no_type() -> None:
    outbox: Outbox = NullOutbox()
    outbox.put(a_completion())
    outbox.close(0)
    assert not any(outbox.wants(notification_type) for notification_type in NotificationType)
    assert outbox.status_of("1") is DeliveryStatus.SETTLED


@settings(max_examples=20, deadline=None)
@given(
    failures=st.lists(st.sampled_from([200, 500, 503]), max_size=15),
    puts=st.lists(st.sampled_from([SHOP, CART]), min_size=1, max_size=8),
)
def test_notifications_of_a_workload_arrive_in_order_despite_failures(
    failures: list[int], puts: list[WorkloadKey]
) -> None:
    with WebhookReceiver(Answer(status) for status in failures) as receiver:
        outbox = QueuedOutbox(
            WebhookClient(WebhookEndpoint(receiver.url)), EVERYTHING, len(failures), initial_backoff=0
        )
        notifications = [a_completion(number, key) for number, key in enumerate(puts)]
        for notification in notifications:
            outbox.put(notification)
        assert {wait_for_status(outbox, each) for each in notifications} == {DeliveryStatus.SETTLED}
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
