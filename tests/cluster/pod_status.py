"""What a kubelet would say of a pod of a given age, so that the node needs no containers."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from tests.cluster.images import SLOW_SECONDS

_FIRST_CRASH_SECONDS: Final = 0.2
_BACK_OFF_SECONDS: Final = 1.0
_FAILED_EXIT: Final = 1


@dataclass(frozen=True, slots=True)
class PulledImage:
    """An image as the registry has it: its id as pods report it, and what its container does."""

    image_id: str
    behaviour: str


def pod_status(
    pod: dict[str, Any], images: dict[str, PulledImage | None], age: timedelta, now: datetime, address: str
) -> dict[str, Any]:
    """The status of the pod this long after the node took it on. An image that is None cannot be pulled."""
    seconds = age.total_seconds()
    started = now - age
    statuses = [_container(each, images[each["image"]], seconds, started) for each in pod["spec"]["containers"]]
    ready = all(each["ready"] for each in statuses)
    pulled = all(images[each["image"]] is not None for each in pod["spec"]["containers"])
    conditions = {"PodScheduled": True, "Initialized": True, "ContainersReady": ready, "Ready": ready}
    before = {each["type"]: each for each in pod.get("status", {}).get("conditions", [])}
    return {
        "phase": "Running" if pulled else "Pending",
        "startTime": timestamp(started),
        "hostIP": "127.0.0.1",
        "podIP": address,
        "podIPs": [{"ip": address}],
        "conditions": [_condition(kind, str(holds), before.get(kind), now) for kind, holds in conditions.items()],
        "containerStatuses": statuses,
    }


def timestamp(moment: datetime) -> str:
    """A time as Kubernetes writes it: whole seconds of UTC."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _condition(kind: str, status: str, before: dict[str, Any] | None, now: datetime) -> dict[str, Any]:
    same = before is not None and before["status"] == status
    since = before["lastTransitionTime"] if before is not None and same else timestamp(now)
    return {"type": kind, "status": status, "lastTransitionTime": since}


def _container(container: dict[str, Any], image: PulledImage | None, age: float, started: datetime) -> dict[str, Any]:
    status = {"name": container["name"], "image": container["image"], "imageID": "", "restartCount": 0}
    if image is None:
        # A kubelet says what went wrong at first, then that it waits before it tries again.
        reason = "ErrImagePull" if age < _BACK_OFF_SECONDS else "ImagePullBackOff"
        waiting = {"reason": reason, "message": f"{container['image']}: not found"}
        return status | {"ready": False, "started": False, "state": {"waiting": waiting}}
    container_id = f"simulated://{image.image_id.rpartition(':')[2]}"
    status |= {"imageID": image.image_id, "containerID": container_id}
    if image.behaviour == "crash":
        return status | {"ready": False, "started": False, **_crashing(age, started, container_id)}
    ready = image.behaviour == "good" or (image.behaviour == "slow" and age >= SLOW_SECONDS)
    return status | {"ready": ready, "started": True, "state": {"running": {"startedAt": timestamp(started)}}}


def _crashing(age: float, started: datetime, container_id: str) -> dict[str, Any]:
    """A container that ends as soon as it starts, and is started again after pauses that double."""
    terminated = {
        "terminated": {
            "exitCode": _FAILED_EXIT,
            "reason": "Error",
            "startedAt": timestamp(started),
            "finishedAt": timestamp(started),
            "containerID": container_id,
        }
    }
    if age < _FIRST_CRASH_SECONDS:
        return {"restartCount": 0, "state": terminated}
    waiting = {"reason": "CrashLoopBackOff", "message": "back-off restarting failed container"}
    restarts = 1 + int(math.log2(1 + age / _BACK_OFF_SECONDS))
    return {"restartCount": restarts, "lastState": terminated, "state": {"waiting": waiting}}
