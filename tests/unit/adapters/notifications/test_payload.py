"""Webhook bodies, byte for byte."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from watch_cluster.adapters.notifications.payload import payload
from watch_cluster.domain.images.origin import ImageOrigin
from watch_cluster.domain.rollout.notification import Notification, NotificationType
from watch_cluster.domain.workload.workload import Container, WorkloadKey

NOON = datetime(2024, 1, 1, 12, tzinfo=UTC)
APP = Container("app", "myapp:1.0.1")
MESH = Container("mesh", "mesh:2")


def notification(*containers: Container, kind: str = "Deployment", at: datetime = NOON, **details: str) -> Notification:
    key = WorkloadKey("default", kind, "my-app")
    return Notification("1", NotificationType.IMAGE_ROLLOUT_COMPLETED, key, containers or (APP,), at, details)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        pytest.param(
            notification(rolloutDuration="45000ms"),
            b'{"eventType":"IMAGE_ROLLOUT_COMPLETED","timestamp":"2024-01-01T12:00:00Z",'
            b'"deployment":{"namespace":"default","name":"my-app","image":"myapp:1.0.1"},'
            b'"details":{"rolloutDuration":"45000ms"}}',
            id="a Deployment with one container",
        ),
        pytest.param(
            notification(at=NOON.astimezone(timezone(timedelta(hours=9))).replace(microsecond=999_999)),
            b'{"eventType":"IMAGE_ROLLOUT_COMPLETED","timestamp":"2024-01-01T12:00:00Z",'
            b'"deployment":{"namespace":"default","name":"my-app","image":"myapp:1.0.1"},"details":{}}',
            id="a time in Seoul, and no details",
        ),
        pytest.param(
            notification(kind="StatefulSet"),
            b'{"eventType":"IMAGE_ROLLOUT_COMPLETED","timestamp":"2024-01-01T12:00:00Z",'
            b'"deployment":{"namespace":"default","name":"my-app","image":"myapp:1.0.1","kind":"StatefulSet"},'
            b'"details":{}}',
            id="another kind",
        ),
        pytest.param(
            notification(APP, MESH),
            b'{"eventType":"IMAGE_ROLLOUT_COMPLETED","timestamp":"2024-01-01T12:00:00Z",'
            b'"deployment":{"namespace":"default","name":"my-app","image":"myapp:1.0.1",'
            b'"containers":[{"name":"app","image":"myapp:1.0.1"},{"name":"mesh","image":"mesh:2"}]},"details":{}}',
            id="several containers",
        ),
    ],
)
def test_a_body_has_fixed_keys_in_fixed_order(given: Notification, expected: bytes) -> None:
    assert payload(given) == expected


def test_untrusted_text_is_printable() -> None:
    given = notification(Container("app", "shop\u202e:1"), reason="not\nfound\x1b[2J \ud800")

    body = json.loads(payload(given))

    assert body["details"] == {"reason": "not found [2J  "}
    assert body["deployment"]["image"] == "shop :1"


def test_where_images_come_from_is_told_in_the_types_that_the_first_version_did_not_have() -> None:
    origins = {"app": ImageOrigin("https://github.com/team/shop", version="1.0.1")}
    given = replace(notification(), origins=origins)
    assert payload(given) == payload(notification())

    body = json.loads(payload(replace(given, type=NotificationType.APPROVAL_NEEDED)))

    assert body["origins"] == {
        "app": {
            "releaseNotes": "https://github.com/team/shop/releases",
            "source": "https://github.com/team/shop",
            "version": "1.0.1",
        }
    }
