"""What a node reports of a container, and what it means for a rollout."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from watch_cluster.adapters.kubernetes.resources.pods.container_states import container_state
from watch_cluster.adapters.kubernetes.resources.pods.pod_objects import ContainerStatus
from watch_cluster.domain.workload.replica import Cause, ContainerProblem, ContainerState

DIGEST = "sha256:" + "1" * 64
PULL = 'failed to pull and unpack image "shop:2": failed to resolve reference "shop:2": '
LOST_WORD = {
    "terminated": {
        "exitCode": 1,
        "reason": "Error",
        "message": 'Error on reading termination message from logs: lstat "/var/log/pods/shop/app/2.log": no such file',
    }
}
LAST_WORD = {"terminated": {"exitCode": 1, "reason": "Error", "message": "cannot open the database\n"}}


def state(**fields: Any) -> ContainerState:
    status = msgspec.convert({"name": "app", **fields}, ContainerStatus)
    return container_state("app", "shop:2", status)


def waiting(reason: str, message: str = "") -> ContainerState:
    return state(state={"waiting": {"reason": reason, "message": message}})


def test_before_the_node_reports_nothing_is_known() -> None:
    assert container_state("app", "shop:2", None) == ContainerState("app", "shop:2")


def test_a_container_that_serves() -> None:
    found = state(imageID=f"shop@{DIGEST}", ready=True, state={"running": {"startedAt": "2031-01-01T00:00:00Z"}})
    assert (found.started, found.ready, found.restarts, found.problem) == (True, True, 0, None)
    assert found.runs is not None
    assert found.runs.digest == DIGEST


@pytest.mark.parametrize(
    ("reason", "message", "cause"),
    [
        pytest.param("ErrImagePull", f"{PULL}shop:2: not found", Cause.IMAGE_NOT_FOUND, id="containerd, no such tag"),
        pytest.param(
            "ImagePullBackOff",
            f'Back-off pulling image "shop:2": ErrImagePull: {PULL}shop:2: not found',
            Cause.IMAGE_NOT_FOUND,
            id="containerd, no such tag, later",
        ),
        pytest.param("ErrImagePull", "reading manifest 2 in shop: manifest unknown", Cause.IMAGE_NOT_FOUND, id="CRI-O"),
        pytest.param(
            "ErrImagePull",
            f"{PULL}no match for platform in manifest: not found",
            Cause.IMAGE_NOT_FOR_PLATFORM,
            id="platform",
        ),
        pytest.param(
            "ErrImagePull",
            "no matching manifest for linux/amd64 in the manifest list entries",
            Cause.IMAGE_NOT_FOR_PLATFORM,
            id="platform, in Docker's words",
        ),
        pytest.param("ErrImagePull", f"{PULL}429 Too Many Requests", Cause.IMAGE_NOT_PULLED, id="too many questions"),
        pytest.param("ErrImagePull", f"{PULL}401 Unauthorized", Cause.IMAGE_NOT_PULLED, id="a login that is not right"),
        pytest.param(
            "ErrImagePull",
            f"{PULL}pull access denied, repository does not exist or may require authorization",
            Cause.IMAGE_NOT_PULLED,
            id="private or absent",
        ),
        pytest.param("ErrImagePull", f"{PULL}dial tcp: connection refused", Cause.IMAGE_NOT_PULLED, id="no registry"),
        pytest.param("ErrImagePull", f"{PULL}dial tcp: lookup x: no such host", Cause.IMAGE_NOT_PULLED, id="no name"),
        pytest.param(
            "ImagePullBackOff", 'Back-off pulling image "shop:2"', Cause.IMAGE_NOT_PULLED, id="nobody says why"
        ),
        pytest.param("InvalidImageName", "couldn't parse image name", Cause.IMAGE_NAME_INVALID, id="no name at all"),
        pytest.param("ErrImageNeverPull", "is not present", Cause.IMAGE_NOT_PRESENT, id="never pulled"),
        pytest.param("CreateContainerConfigError", 'secret "db" not found', Cause.NOT_CONFIGURED, id="no Secret"),
        pytest.param(
            "CreateContainerConfigError",
            "container has runAsNonRoot and image will run as root",
            Cause.NOT_STARTED,
            id="an image that wants to be root",
        ),
        pytest.param("RunContainerError", 'exec: "/nope": no such file', Cause.NOT_STARTED, id="no such command"),
        pytest.param("CreateContainerError", "context deadline exceeded", Cause.NOT_STARTED, id="not created"),
    ],
)
def test_what_keeps_a_container_from_starting(reason: str, message: str, cause: Cause) -> None:
    found = waiting(reason, message)
    assert found.problem == ContainerProblem(cause, message)
    assert not found.started


@pytest.mark.parametrize("reason", ["ContainerCreating", "PodInitializing", ""])
def test_a_starting_container_has_no_problem(reason: str) -> None:
    assert waiting(reason).problem is None


def test_a_crash_looping_container_reports_its_last_log_line() -> None:
    back_off = {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 10s restarting failed container"}}
    found = state(imageID=f"shop@{DIGEST}", restartCount=3, state=back_off, lastState=LAST_WORD)
    assert found.problem == ContainerProblem(Cause.CRASHED, "exit code 1: cannot open the database")
    assert (found.started, found.restarts) == (True, 3)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        pytest.param({"state": LAST_WORD}, "exit code 1: cannot open the database", id="just ended"),
        pytest.param(
            {"state": {"terminated": {"exitCode": 137, "reason": "OOMKilled"}}},
            "exit code 137 (OOMKilled)",
            id="no memory",
        ),
        pytest.param(
            {"state": {"terminated": {"exitCode": 0, "reason": "Completed"}}},
            "exit code 0",
            id="ended without an error",
        ),
        pytest.param(
            {"state": {"running": {}}, "lastState": LAST_WORD},
            "exit code 1: cannot open the database",
            id="started again",
        ),
        pytest.param(
            {"state": LOST_WORD, "lastState": LAST_WORD},
            "exit code 1: cannot open the database",
            id="its last word was lost, and the one before was not",
        ),
        pytest.param({"state": LOST_WORD, "lastState": {}}, "exit code 1", id="its last word was lost"),
    ],
)
def test_a_container_that_has_ended_has_crashed(fields: dict[str, Any], message: str) -> None:
    assert state(**fields).problem == ContainerProblem(Cause.CRASHED, message)


def test_a_container_whose_command_is_not_there_was_never_started() -> None:
    ended = {"terminated": {"exitCode": 128, "reason": "StartError", "message": "no such file"}}
    assert state(state=ended).problem == ContainerProblem(Cause.NOT_STARTED, "exit code 128 (StartError): no such file")


def test_a_recovered_container_has_no_problem_and_its_last_termination_is_known() -> None:
    found = state(ready=True, restartCount=1, state={"running": {}}, lastState=LAST_WORD)
    assert (found.problem, found.last_end) == (None, "exit code 1: cannot open the database")


def test_an_init_container_that_has_done_its_work_is_ready() -> None:
    found = state(ready=True, state={"terminated": {"exitCode": 0, "reason": "Completed"}})
    assert (found.ready, found.problem) == (True, None)


def test_a_running_container_without_an_image_id_runs_something_unknown() -> None:
    found = state(ready=True, state={"running": {"startedAt": "2031-01-01T00:00:00Z"}})
    assert (found.started, found.runs) == (True, None)


@pytest.mark.parametrize("reason", ["ImageInspectError", "RegistryUnavailable"])
def test_image_problems_of_a_node_are_not_caused_by_the_image(reason: str) -> None:
    assert waiting(reason, "the store is broken: not found").problem == ContainerProblem(
        Cause.IMAGE_NOT_PULLED, "the store is broken: not found"
    )
