"""The interface between the steps and an orchestrator with its registry and controller."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Final, Protocol

from tests.gitops.source import GitSource

DEADLINE: Final = timedelta(minutes=10)
"""The default progress deadline of workloads."""


def password_of(user: str) -> str:
    """Return the valid password of a user of the private registry."""
    return f"{user}s-password"


class World(Protocol):
    """A registry, an orchestrator and the controller. Image names omit the registry."""

    @property
    def git(self) -> GitSource:
        """The repository of the manifests; call `use_git` first."""
        ...

    def use_git(self, mode: str, allowed: str = "apps") -> None:
        """Have the controller write back to a repository, in that folder; call it before the controller starts."""
        ...

    def now(self) -> datetime: ...

    def set_time(self, moment: datetime) -> None: ...

    def pass_time(self, duration: timedelta) -> None:
        """Advance the clock and do all work that becomes due."""
        ...

    def eventually(self, condition: Callable[[], bool], what: str) -> None:
        """Wait for the condition; fail with the message if it does not become true in time."""
        ...

    def publish(self, repository: str, tag: str, behavior: str = "good") -> None:
        """Push an image with the behavior `good`, `slow`, `never-ready`, `crash` or `crash-later`."""
        ...

    def publish_for(self, repository: str, tag: str, architectures: tuple[str, ...]) -> None:
        """Push an image for these architectures."""
        ...

    def publish_built(self, repository: str, tag: str, built: datetime) -> None:
        """Push an image that says that it was built then."""
        ...

    def publish_from(self, repository: str, tag: str, source: str) -> None:
        """Push an image whose label says that its source is there."""
        ...

    def have_nodes(self, architectures: tuple[str, ...]) -> None:
        """Create one node per architecture."""
        ...

    def publish_nothing(self, repository: str) -> None:
        """Create a repository without tags."""
        ...

    def republish(self, repository: str, tag: str) -> None:
        """Move an existing tag to a new image."""
        ...

    def digest(self, image: str) -> str:
        """Return the current digest of the tag in the registry."""
        ...

    def close_registry(self) -> None:
        """Use a private registry that requires permission for each repository."""
        ...

    def permit(self, user: str, repository: str) -> None:
        """Permit the user to read the repository of the private registry."""
        ...

    def give_login(self, secret: str, user: str, password: str | None = None) -> None:
        """Create a pull secret with the user's credentials, valid unless `password` is given."""
        ...

    def sign(self, image: str, signer: str) -> None:
        """Sign the image with the key of `signer`."""
        ...

    def give_key(self, secret: str, signer: str) -> None:
        """Create a Secret that holds the public key of `signer` as `cosign.pub`."""
        ...

    def give_account(self, secret: str) -> None:
        """Add the pull secret to the service account of all workloads."""
        ...

    def count_requests(self) -> None:
        """Start counting tag requests to the registry."""
        ...

    def request_count(self, repository: str) -> int:
        """Return the number of tag requests for the repository."""
        ...

    def registry_down(self) -> None: ...

    def registry_back(self) -> None: ...

    def deploy(
        self,
        name: str,
        image: str,
        written: Mapping[str, str],
        deadline: timedelta | None = DEADLINE,
        *,
        always_pulled: bool = False,
        owner: str | None = None,
        kind: str = "Deployment",
        pull_secret: str | None = None,
    ) -> None:
        """Create a workload; `owner` is another object that manages it, `a/b` is the workload b in namespace a."""
        ...

    def have_namespaces(self, *names: str) -> None:
        """Create other namespaces, which the controller watches as well. Not while it runs."""
        ...

    def pause(self, name: str, *, paused: bool) -> None:
        """Pause or resume rollouts of the workload."""
        ...

    def annotate_namespace(self, written: Mapping[str, str | None]) -> None:
        """Annotate the namespace of all workloads; None removes."""
        ...

    def apply_from_git(self, name: str) -> None:
        """Mark the workload as applied from Git by another tool."""
        ...

    def scale(self, name: str, replicas: int) -> None: ...

    def runs(self, name: str) -> set[str | None]:
        """Return the digests that its replicas run."""
        ...

    def annotate(self, name: str, written: Mapping[str, str]) -> None: ...

    def set_image(self, name: str, image: str) -> None: ...

    def undo(self, name: str) -> None:
        """Undo its last rollout, as `kubectl rollout undo` does."""
        ...

    def limit_replicas(self, most: int | None) -> None:
        """Set the replica quota of the namespace; None removes it."""
        ...

    def limit_rollouts(self, most: int) -> None:
        """Limit simultaneous rollouts; call it before the controller starts."""
        ...

    def permit_removal(self) -> None:
        """Grant the controller permission to delete replicas."""
        ...

    def soaks(self, name: str) -> bool:
        """Whether the controller has observed a complete rollout and waits for the soak time."""
        ...

    def delete(self, name: str) -> None: ...

    def halt(self, name: str) -> None:
        """Wait until the controller has observed new replicas that do not become ready."""
        ...

    def image(self, name: str) -> str: ...

    def annotation(self, name: str, key: str) -> str | None: ...

    def written_by_us(self, name: str) -> bool:
        """Whether the controller has written to the workload."""
        ...

    def events(self, name: str) -> list[tuple[str, str]]:
        """Return reason and message of each event of the workload."""
        ...

    def notifications(self, name: str) -> list[tuple[str, str]]:
        """Return type and image tag of each notification that the receiver got."""
        ...

    def receiver_down(self) -> None: ...

    def receiver_back(self) -> None: ...

    def have_channel(self, name: str, namespaces: tuple[str, ...] = (), *, every_morning: bool = False) -> None:
        """Have the operator make a channel; call it before the controller starts."""
        ...

    def channel_down(self, name: str) -> None: ...

    def channel_back(self, name: str) -> None: ...

    def messages(self, name: str) -> list[tuple[str, str]]:
        """Return type and image tag of each message in the channel."""
        ...

    def texts(self, name: str) -> list[str]:
        """Return what people read in each message in the channel."""
        ...

    def digests(self, name: str) -> list[list[tuple[str, str]]]:
        """Return type and text of each entry of each digest in the channel."""
        ...

    def hear_push(self, repository: str) -> None:
        """Hear from the registry that the repository was pushed to."""
        ...

    def next_check(self, name: str) -> datetime | None: ...

    def start(self) -> None:
        """Start the controller if it is not running."""
        ...

    def stop(self) -> None: ...

    def kill(self) -> None:
        """Terminate the controller without a graceful shutdown."""
        ...

    def close(self) -> None: ...

    def named(self, name: str) -> str:
        """Return the workload as `NAMESPACE/KIND/NAME`."""
        ...

    def reference(self, image: str) -> str:
        """Return the image reference as written in a workload, including its registry."""
        ...
