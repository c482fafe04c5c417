"""What the kubelet reports of a container, and what it means for a rollout.

The reasons are those of k8s.io/kubernetes/pkg/kubelet (images/types.go, container/sync_result.go, kuberuntime); the
messages behind them are the container runtime's.
"""

from __future__ import annotations

from typing import Final

from watch_cluster.adapters.kubernetes.resources.pods.pod_objects import ContainerStatus, Terminated, Waiting
from watch_cluster.adapters.kubernetes.resources.pods.pull_failures import pull_cause
from watch_cluster.domain.workload.replica import Cause, ContainerProblem, ContainerState
from watch_cluster.domain.workload.running_digests import RunningImage

_PULLS: Final = frozenset({"ErrImagePull", "ImagePullBackOff", "ImageInspectError", "RegistryUnavailable"})
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
_LOST_MESSAGE: Final = "Error on reading termination "
"""What the kubelet says where a container's termination message is lost (pkg/kubelet/kuberuntime)."""
_RUNS_AS_ROOT: Final = "runAsNonRoot"


def container_state(name: str, image: str, status: ContainerStatus | None) -> ContainerState:
    """Read the state of a container with that image; `status` is None before the kubelet has reported any."""
    if status is None:
        return ContainerState(name, image)
    return ContainerState(
        name,
        image,
        started=bool(status.image_id) or status.state.running is not None,
        ready=status.ready,
        restarts=status.restarts,
        runs=RunningImage.parse(status.image_id),
        problem=_problem(image, status),
        last_end=_end(status.last.terminated),
    )


def _problem(image: str, status: ContainerStatus) -> ContainerProblem | None:
    waiting, terminated, last = status.state.waiting, status.state.terminated, status.last.terminated
    if status.ready:
        return None
    if waiting is not None and waiting.reason == _CRASHED:
        return _crash(last) if last is not None else ContainerProblem(Cause.CRASHED, waiting.message)
    if waiting is not None:
        return _waiting_problem(image, waiting)
    if terminated is not None:
        return _crash(last if last is not None and terminated.message.startswith(_LOST_MESSAGE) else terminated)
    return None if last is None else _crash(last)


def _waiting_problem(image: str, waiting: Waiting) -> ContainerProblem | None:
    if waiting.reason in _PULLS:
        return ContainerProblem(pull_cause(image, waiting.message), waiting.message or waiting.reason)
    cause = _CAUSES.get(waiting.reason)
    if cause is Cause.NOT_CONFIGURED and _RUNS_AS_ROOT in waiting.message:
        # The template demands it, and the image does not comply.
        cause = Cause.NOT_STARTED
    return None if cause is None else ContainerProblem(cause, waiting.message or waiting.reason)


def _crash(terminated: Terminated) -> ContainerProblem:
    cause = Cause.NOT_STARTED if terminated.reason in _NEVER_RAN else Cause.CRASHED
    return ContainerProblem(cause, _end(terminated))


def _end(terminated: Terminated | None) -> str:
    if terminated is None:
        return ""
    why = f" ({terminated.reason})" if terminated.reason not in {"", "Error", "Completed"} else ""
    last_word = _termination_message(terminated)
    return f"exit code {terminated.exit_code}{why}" + (f": {last_word}" if last_word else "")


def _termination_message(terminated: Terminated) -> str:
    said = terminated.message.strip()
    return "" if said.startswith(_LOST_MESSAGE) else said
