"""The result of a strategy: the newer tags, how each was evaluated, and the selected one."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from watch_cluster.domain.versions.version import Version


class EvaluatedTag(NamedTuple):
    """A tag newer than the current one: whether the rules allow it, and the reason.

    A tuple, since there is one for each of thousands of tags.
    """

    tag: str
    kept: bool
    reason: str


def describe_allowed(tag: str, best: str) -> str:
    """Return the reason of an allowed tag: whether it is the best one."""
    return "the newest" if tag == best else f"newer, but {best} is newer still"


class ChoiceHold(StrEnum):
    """Why no tag can be selected until the owner changes something."""

    LEFT_BEHIND = "left behind"
    TWO_VERSIONS = "two versions in the tag"


@dataclass(frozen=True, slots=True)
class Choice:
    """Every tag newer than the current one, the newest first, with its evaluation.

    `current` is the parsed current tag. `crossing` are the allowed tags with another first number. `hold` is why the
    owner has to change something, and `message` what.
    """

    evaluated_tags: tuple[EvaluatedTag, ...] = ()
    current: Version | None = None
    crossing: tuple[str, ...] = ()
    hold: ChoiceHold | None = None
    message: str = ""

    @property
    def kept(self) -> tuple[str, ...]:
        """The allowed tags, the best first."""
        return tuple(evaluated.tag for evaluated in self.evaluated_tags if evaluated.kept)

    @property
    def chosen(self) -> str | None:
        """The best allowed tag, None if there is none."""
        return next(iter(self.kept), None)
