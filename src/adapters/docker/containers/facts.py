"""What is known of one container, from what the engine reports; most of it is untrusted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, Self

from watch_cluster.adapters.docker.containers.names import Role, split_role
from watch_cluster.adapters.docker.engine.errors import printable

_NEVER: Final = datetime(1, 1, 1, tzinfo=UTC)
_MICROSECONDS: Final = 26
"""Characters of a time stamp up to its microseconds; the engine writes nanoseconds."""


class UnreadableContainer(ValueError):  # noqa: N818 - the name says what is wrong
    """The engine reports the container in a way that cannot be read."""


@dataclass(frozen=True, slots=True)
class Facts:
    """A container. `image` is as its creator wrote it, `image_id` what it runs.

    `health` is empty without a health check. `started` is whether it has ever been started. `base` is its name when
    nothing is being replaced.
    """

    id: str
    name: str
    image: str
    image_id: str
    labels: Mapping[str, str] = field(default_factory=dict)
    created: datetime = _NEVER
    started_at: datetime = _NEVER
    status: str = "created"
    exit_code: int = 0
    error: str = ""
    restarts: int = 0
    health: str = ""
    auto_remove: bool = False
    namespaces: tuple[str, ...] = ()
    """The containers, by name or id, whose network, process or IPC namespace it shares."""

    @classmethod
    def of(cls, inspected: Mapping[str, Any]) -> Self:
        """Read the answer to an inspection. Raises `UnreadableContainer`."""
        try:
            state, config, host = inspected["State"], inspected["Config"], inspected["HostConfig"]
            modes = (str(host.get(each) or "") for each in ("NetworkMode", "PidMode", "IpcMode"))
            return cls(
                id=str(inspected["Id"]),
                name=str(inspected["Name"]).lstrip("/"),
                image=str(config["Image"]),
                image_id=str(inspected["Image"]),
                labels={str(name): str(value) for name, value in (config.get("Labels") or {}).items()},
                created=_moment(inspected.get("Created")),
                started_at=_moment(state.get("StartedAt")),
                status=str(state.get("Status") or ""),
                exit_code=int(state.get("ExitCode") or 0),
                error=printable(str(state.get("Error") or "")),
                restarts=int(inspected.get("RestartCount") or 0),
                health=str((state.get("Health") or {}).get("Status") or "").replace("none", ""),
                auto_remove=bool(host.get("AutoRemove")),
                namespaces=tuple(mode.removeprefix("container:") for mode in modes if mode.startswith("container:")),
            )
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise UnreadableContainer(printable(f"{type(error).__name__}: {error}")) from error

    @property
    def base(self) -> str:
        """Its name when nothing is being replaced."""
        return split_role(self.name)[0]

    @property
    def role(self) -> Role:
        """What it is in a replacement."""
        return split_role(self.name)[1]

    @property
    def started(self) -> bool:
        """Whether it has ever been started."""
        return self.started_at > _NEVER

    @property
    def up(self) -> bool:
        """Whether it runs, or is about to be started again by its restart policy."""
        return self.status in {"running", "restarting", "paused"}

    @property
    def ready(self) -> bool:
        """Whether it runs and, with a health check, is healthy."""
        return self.status == "running" and self.health in {"", "healthy"}


def _moment(value: object) -> datetime:
    text = str(value or "")
    if len(text) <= _MICROSECONDS and not text.endswith("Z"):
        return _NEVER
    seconds, _, fraction = text.rstrip("Z").partition(".")
    try:
        moment = datetime.fromisoformat(seconds).replace(tzinfo=UTC)
    except ValueError:
        return _NEVER
    digits = "".join(each for each in fraction[:6] if each.isdigit()).ljust(6, "0")
    return moment.replace(microsecond=int(digits))
