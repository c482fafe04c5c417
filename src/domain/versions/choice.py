"""What a strategy makes of the tags that a registry lists."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from watch_cluster.domain.versions.version import Version


class EvaluatedTag(NamedTuple):
    """A tag that looks newer than the current one, whether the rules let it through, and which rule decided.

    A tuple, since one is made for each of thousands of tags.
    """

    tag: str
    kept: bool
    reason: str


def praise(tag: str, best: str) -> str:
    """Say how good a tag is that every rule lets through."""
    return "the newest" if tag == best else f"newer, but {best} is newer still"


class ChoiceHold(StrEnum):
    """Why the tags that the registry lists do not tell what comes after the current one."""

    LEFT_BEHIND = "left behind"
    TWO_VERSIONS = "two versions in the tag"


@dataclass(frozen=True, slots=True)
class Choice:
    """Every tag that looks newer than the current one, the newest first, and what the strategy makes of it.

    `current` is the current tag as it was read, and `crossing` are the tags that are kept and begin with another
    number. `hold` is why the owner has to do something, and `message` what.
    """

    evaluated_tags: tuple[EvaluatedTag, ...] = ()
    current: Version | None = None
    crossing: tuple[str, ...] = ()
    hold: ChoiceHold | None = None
    message: str = ""

    @property
    def kept(self) -> tuple[str, ...]:
        """The tags that every rule lets through, the best first."""
        return tuple(each.tag for each in self.evaluated_tags if each.kept)

    @property
    def chosen(self) -> str | None:
        """The best tag of all, None when no rule lets any through."""
        return next((each.tag for each in self.evaluated_tags if each.kept), None)
