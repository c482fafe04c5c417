"""What a kubelet would say of a pod of a given age, so that the node needs no containers."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from tests.cluster.registry.images import CRASH_SECONDS, LAST_WORD, SLOW_SECONDS

_FIRST_CRASH_SECONDS: Final = 0.2
_BACK_OFF_SECONDS: Final = 1.0
_FAILED_EXIT: Final = 1
_BACK_OFF: Final = {
    "waiting": {"reason": "CrashLoopBackOff", "message": "back-off 10s restarting failed container=app"}
}


@dataclass(frozen=True, slots=True)
class PulledImage:
    """An image as the registry has it: its id as pods report it, and what its container does."""

    image_id: str
    behavior: str


@dataclass(frozen=True, slots=True)
class NotPulled:
    """An image that cannot be had, in a kubelet's words."""

    message: str
    reason: str = "ErrImagePull"


def pod_status(
    pod: dict[str, Any], images: dict[str, PulledImage | NotPulled], age: timedelta, now: datetime, address: str
) -> dict[str, Any]:
    """The status of the pod this long after the node took it on."""
    seconds = age.total_seconds()
    started = now - age
    statuses = [_container(each, images[each["image"]], seconds, started) for each in pod["spec"]["containers"]]
    ready = all(each["ready"] for each in statuses)
    pulled = all(isinstance(images[each["image"]], PulledImage) for each in pod["spec"]["containers"])
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


def _container(
    container: dict[str, Any], image: PulledImage | NotPulled, age: float, started: datetime
) -> dict[str, Any]:
    status = {"name": container["name"], "image": container["image"], "imageID": "", "restartCount": 0}
    if isinstance(image, NotPulled):
        reason, message = image.reason, image.message
        if reason == "ErrImagePull" and age >= _BACK_OFF_SECONDS:
            # A kubelet says what went wrong at first, then that it waits before it tries again.
            reason, message = "ImagePullBackOff", f'Back-off pulling image "{container["image"]}": {reason}: {message}'
        return status | {"ready": False, "started": False, "state": {"waiting": {"reason": reason, "message": message}}}
    container_id = f"simulated://{image.image_id.rpartition(':')[2]}"
    status |= {"imageID": image.image_id, "containerID": container_id}
    running = {"running": {"startedAt": timestamp(started)}}
    if image.behavior == "crash":
        return status | {"ready": False, "started": False, **_crashing(age, started, container_id)}
    if image.behavior == "crash-later":
        return status | _crashing_later(age, started, container_id, running)
    ready = image.behavior == "good" or (image.behavior == "slow" and age >= SLOW_SECONDS)
    return status | {"ready": ready, "started": True, "state": running}


def _terminated(started: datetime, container_id: str) -> dict[str, Any]:
    return {
        "terminated": {
            "exitCode": _FAILED_EXIT,
            "reason": "Error",
            "message": f"{LAST_WORD}\n",
            "startedAt": timestamp(started),
            "finishedAt": timestamp(started),
            "containerID": container_id,
        }
    }


def _crashing(age: float, started: datetime, container_id: str) -> dict[str, Any]:
    """A container that ends as soon as it starts, and is started again after pauses that double.

    A kubelet's first pause is ten times as long.
    """
    terminated = _terminated(started, container_id)
    if age < _FIRST_CRASH_SECONDS:
        return {"restartCount": 0, "state": terminated}
    restarts = 1 + int(math.log2(1 + age / _BACK_OFF_SECONDS))
    return {"restartCount": restarts, "lastState": terminated, "state": _BACK_OFF}


def _crashing_later(age: float, started: datetime, container_id: str, running: dict[str, Any]) -> dict[str, Any]:
    """A container that is ready whenever it runs, and ends again and again."""
    restarts, since = divmod(age, CRASH_SECONDS + _BACK_OFF_SECONDS)
    up = since < CRASH_SECONDS
    last = {"lastState": _terminated(started, container_id)} if restarts or not up else {}
    return {"restartCount": int(restarts), "ready": up, "started": up, "state": running if up else _BACK_OFF, **last}
