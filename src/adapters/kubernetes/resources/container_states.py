"""From what a node reports of a container to what it means for a rollout.

The reasons are those of k8s.io/kubernetes/pkg/kubelet (images/types.go, container/sync_result.go, kuberuntime); the
messages behind them are the container runtime's.
"""

from __future__ import annotations

import re
from typing import Final

from watch_cluster.adapters.kubernetes.resources.pod_objects import ContainerStatus, Terminated, Waiting
from watch_cluster.domain.workload.replica import Cause, ContainerProblem, ContainerState
from watch_cluster.domain.workload.running_digests import RunningImage

_PULLS: Final = frozenset({"ErrImagePull", "ImagePullBackOff", "ErrImageInspect", "RegistryUnavailable"})
_CRASHED: Final = "CrashLoopBackOff"
_CAUSES: Final = {
    "InvalidImageName": Cause.IMAGE_NAME_INVALID,
    "ErrImageNeverPull": Cause.IMAGE_NOT_PRESENT,
    "CreateContainerConfigError": Cause.NOT_CONFIGURED,
    "CreateContainerError": Cause.NOT_STARTED,
    "RunContainerError": Cause.NOT_STARTED,
    "PreCreateHookError": Cause.NOT_STARTED,
    "PreStartHookError": Cause.NOT_STARTED,
    "PostStartHookError": Cause.NOT_STARTED,
    "SignatureValidationFailed": Cause.NOT_STARTED,
}
_NEVER_RAN: Final = frozenset({"StartError", "ContainerCannotRun"})
_OTHER_PLATFORM: Final = re.compile(r"no match(ing manifest)? for|no image found in .* for architecture", re.IGNORECASE)
_NOT_FOUND: Final = re.compile(r"manifest unknown|name unknown|not[ _]found", re.IGNORECASE)
_LOST_WORDS: Final = "Error on reading termination "
"""What the kubelet says where it finds a container's last words no more (pkg/kubelet/kuberuntime)."""
_RUNS_AS_ROOT: Final = "runAsNonRoot"


def container_state(name: str, image: str, status: ContainerStatus | None) -> ContainerState:
    """Read how a container fares that was made for the image; `status` is None before the node has said anything."""
    if status is None:
        return ContainerState(name, image)
    return ContainerState(
        name,
        image,
        started=bool(status.image_id),
        ready=status.ready,
        restarts=status.restarts,
        runs=RunningImage.parse(status.image_id),
        problem=_trouble(status),
        last_end=_end(status.last.terminated),
    )


def _trouble(status: ContainerStatus) -> ContainerProblem | None:
    waiting, terminated, last = status.state.waiting, status.state.terminated, status.last.terminated
    if status.ready:
        return None
    if waiting is not None and waiting.reason == _CRASHED:
        return _crash(last) if last is not None else ContainerProblem(Cause.CRASHED, waiting.message)
    if waiting is not None:
        return _hindrance(waiting)
    if terminated is not None:
        return _crash(last if last is not None and terminated.message.startswith(_LOST_WORDS) else terminated)
    return None if last is None else _crash(last)


def _hindrance(waiting: Waiting) -> ContainerProblem | None:
    if waiting.reason in _PULLS:
        return ContainerProblem(_pull(waiting.message), waiting.message or waiting.reason)
    cause = _CAUSES.get(waiting.reason)
    if cause is Cause.NOT_CONFIGURED and _RUNS_AS_ROOT in waiting.message:
        # The template asks for it, and the image that it asks it of does not comply.
        cause = Cause.NOT_STARTED
    return None if cause is None else ContainerProblem(cause, waiting.message or waiting.reason)


def _pull(message: str) -> Cause:
    if _OTHER_PLATFORM.search(message):
        return Cause.IMAGE_NOT_FOR_PLATFORM
    return Cause.IMAGE_NOT_FOUND if _NOT_FOUND.search(message) else Cause.IMAGE_NOT_PULLED


def _crash(terminated: Terminated) -> ContainerProblem:
    cause = Cause.NOT_STARTED if terminated.reason in _NEVER_RAN else Cause.CRASHED
    return ContainerProblem(cause, _end(terminated))


def _end(terminated: Terminated | None) -> str:
    if terminated is None:
        return ""
    why = f" ({terminated.reason})" if terminated.reason not in {"", "Error", "Completed"} else ""
    last_word = _last_word(terminated)
    return f"exit code {terminated.exit_code}{why}" + (f": {last_word}" if last_word else "")


def _last_word(terminated: Terminated) -> str:
    said = terminated.message.strip()
    return "" if said.startswith(_LOST_WORDS) else said
