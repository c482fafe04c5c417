"""What the steps can do and see, whatever orchestrator they run on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Final, Protocol

DEADLINE: Final = timedelta(minutes=10)
"""How long an orchestrator waits for progress unless a scenario says otherwise."""


def password_of(user: str) -> str:
    """The right password of a user of the closed registry."""
    return f"{user}s-password"


class World(Protocol):
    """A registry, an orchestrator and a controller between them. Images are named without their registry."""

    def now(self) -> datetime: ...

    def set_time(self, moment: datetime) -> None: ...

    def pass_time(self, duration: timedelta) -> None:
        """Let time go by, and everything be done that becomes due."""
        ...

    def eventually(self, condition: Callable[[], bool], what: str) -> None:
        """Give the condition some time to come true, and fail with those words when it does not."""
        ...

    def publish(self, repository: str, tag: str, behavior: str = "good") -> None:
        """Have the image in the registry: `good`, `slow`, `never-ready`, `crash` or `crash-later`."""
        ...

    def publish_for(self, repository: str, tag: str, architectures: tuple[str, ...]) -> None:
        """Have the image in the registry, built for these."""
        ...

    def have_nodes(self, architectures: tuple[str, ...]) -> None:
        """Have a node of each."""
        ...

    def publish_nothing(self, repository: str) -> None:
        """Have a repository without tags."""
        ...

    def republish(self, repository: str, tag: str) -> None:
        """Have a tag that is there stand for a new image."""
        ...

    def digest(self, image: str) -> str:
        """What the image's tag stands for in the registry now."""
        ...

    def close_registry(self) -> None:
        """Have all images in a registry that shows each repository only to who may read it."""
        ...

    def permit(self, user: str, repository: str) -> None:
        """Let the user read the repository of a closed registry."""
        ...

    def give_login(self, secret: str, user: str, password: str | None = None) -> None:
        """Have a pull secret with the user's login, right unless it says another password."""
        ...

    def give_account(self, secret: str) -> None:
        """Have the ServiceAccount of all workloads bring the pull secret."""
        ...

    def count_questions(self) -> None:
        """Count from now on how often the registry is asked for tags."""
        ...

    def times_asked(self, repository: str) -> int:
        """How often it was asked for the tags of the repository."""
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
        """Have a workload; `owner` is another object that controls it."""
        ...

    def pause(self, name: str, *, paused: bool) -> None:
        """Have its rollouts stand still, or go on."""
        ...

    def annotate_namespace(self, written: Mapping[str, str | None]) -> None:
        """Annotate the namespace of all workloads; None removes."""
        ...

    def scale(self, name: str, replicas: int) -> None: ...

    def runs(self, name: str) -> set[str | None]:
        """The digests that its instances run."""
        ...

    def annotate(self, name: str, written: Mapping[str, str]) -> None: ...

    def set_image(self, name: str, image: str) -> None: ...

    def undo(self, name: str) -> None:
        """Undo its last rollout, as `kubectl rollout undo` does."""
        ...

    def limit_instances(self, most: int | None) -> None:
        """Have room for so many instances in the namespace, for any number when it is None."""
        ...

    def limit_rollouts(self, most: int) -> None:
        """Have the controller, which is not started yet, let so many rollouts be in flight at once."""
        ...

    def permit_removal(self) -> None:
        """Give the controller the right to remove instances."""
        ...

    def soaks(self, name: str) -> bool:
        """Whether the controller has seen that the workload's rollout is complete, and now sees whether it stays so."""
        ...

    def delete(self, name: str) -> None: ...

    def halt(self, name: str) -> None:
        """Wait until the new instances are there and do not get ready, and the controller has seen it."""
        ...

    def image(self, name: str) -> str: ...

    def annotation(self, name: str, key: str) -> str | None: ...

    def written_by_us(self, name: str) -> bool:
        """Whether the controller ever wrote to the workload."""
        ...

    def events(self, name: str) -> list[tuple[str, str]]:
        """Reason and message of each event that was told of the workload."""
        ...

    def announced(self, name: str) -> list[tuple[str, str]]:
        """The occasions that the receiver outside has heard of, each with the image's tag."""
        ...

    def receiver_down(self) -> None: ...

    def receiver_back(self) -> None: ...

    def next_check(self, name: str) -> datetime | None: ...

    def start(self) -> None:
        """Start the controller, unless it runs."""
        ...

    def stop(self) -> None: ...

    def kill(self) -> None:
        """End the controller without giving it time to finish anything."""
        ...

    def close(self) -> None: ...

    def reference(self, image: str) -> str:
        """The image as it is written in a workload, with its registry."""
        ...
