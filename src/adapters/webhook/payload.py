"""The body of a webhook, as its receivers have always known it."""

from __future__ import annotations

import json
from datetime import UTC
from typing import Final

from watch_cluster.domain.rollout.notification import Notification

_FIRST_KIND: Final = "Deployment"
"""The kind that bodies do not name: at first there was no other."""


def payload(notification: Notification) -> bytes:
    """Write the JSON body.

    `image` is the first container's. Other kinds than Deployments add `kind`, several containers `containers`.
    """
    key = notification.workload
    deployment: dict[str, object] = {"namespace": key.namespace, "name": key.name}
    deployment["image"] = notification.containers[0].image if notification.containers else ""
    if key.kind != _FIRST_KIND:
        deployment["kind"] = key.kind
    if len(notification.containers) > 1:
        deployment["containers"] = [{"name": each.name, "image": each.image} for each in notification.containers]
    body = {
        "eventType": notification.notification_type.value,
        "timestamp": notification.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "deployment": deployment,
        "details": dict(notification.details),
    }
    return json.dumps(body, separators=(",", ":"), ensure_ascii=False).encode()
