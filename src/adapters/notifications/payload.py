"""The JSON body of a webhook, whose format receivers rely on."""

from __future__ import annotations

import json
from datetime import UTC
from typing import Final

from watch_cluster.domain.printable import printable
from watch_cluster.domain.rollout.notification import Notification, NotificationType

_DEFAULT_KIND: Final = "Deployment"
"""Bodies omit this kind, because the first version supported no other."""

_OF_FIRST_VERSION: Final = frozenset(
    {
        NotificationType.DEPLOYMENT_DETECTED,
        NotificationType.IMAGE_ROLLOUT_STARTED,
        NotificationType.IMAGE_ROLLOUT_COMPLETED,
        NotificationType.IMAGE_ROLLOUT_FAILED,
    }
)


def payload(notification: Notification) -> bytes:
    """Return the JSON body.

    `image` is that of the first container. `kind` is present for kinds other than Deployment, `containers` for
    workloads with more than one container. `origins` says by container where new images come from, in types that the
    first version did not have: its receivers may rely on every byte. Images and details are made printable: they quote
    what registries and clusters say.
    """
    key = notification.workload
    deployment: dict[str, object] = {"namespace": key.namespace, "name": key.name}
    deployment["image"] = printable(notification.containers[0].image) if notification.containers else ""
    if key.kind != _DEFAULT_KIND:
        deployment["kind"] = key.kind
    if len(notification.containers) > 1:
        deployment["containers"] = [
            {"name": container.name, "image": printable(container.image)} for container in notification.containers
        ]
    body: dict[str, object] = {
        "eventType": notification.type.value,
        "timestamp": notification.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "deployment": deployment,
        "details": {name: printable(value) for name, value in notification.details.items()},
    }
    if notification.origins and notification.type not in _OF_FIRST_VERSION:
        body["origins"] = {container: origin.stated for container, origin in notification.origins.items()}
    return json.dumps(body, separators=(",", ":"), ensure_ascii=False).encode()
