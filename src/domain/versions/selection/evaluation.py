"""Evaluates the versions of an image: which are newer, which rule rejects each, and which one is best."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from operator import attrgetter
from typing import Final

from watch_cluster.domain.versions.choice import Choice, ChoiceHold, EvaluatedTag, describe_allowed
from watch_cluster.domain.versions.left_behind.ended_lines import ended_before_release, ended_line_of, ended_lines
from watch_cluster.domain.versions.left_behind.kinds import is_year
from watch_cluster.domain.versions.left_behind.others_ahead import others_ahead
from watch_cluster.domain.versions.left_behind.siblings import Siblings
from watch_cluster.domain.versions.left_behind.successors import successors
from watch_cluster.domain.versions.parts.family import Family
from watch_cluster.domain.versions.readings import never_lower
from watch_cluster.domain.versions.selection.bases import in_order_of_bases, is_on_later_base, on_later_bases
from watch_cluster.domain.versions.selection.growth import growth_limit, is_grown
from watch_cluster.domain.versions.selection.reasons import difference, gone_on
from watch_cluster.domain.versions.selection.rules import Rules
from watch_cluster.domain.versions.version import Version

_new_tuple: Final = tuple.__new__
"""Creates an `EvaluatedTag` in a third of the time of its constructor: there are thousands."""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """An evaluation in progress; `rejected` has the reasons by tag, `differences` those by family."""

    rules: Rules
    now: Version
    versions: tuple[Version, ...]
    rejected: dict[str, str] = field(default_factory=dict)
    differences: dict[Family, str] = field(default_factory=dict)

    def choice(self) -> Choice:
        """Evaluate all versions."""
        siblings = Siblings(self.versions)
        newer = self._newer()
        kept = self._kept(newer, siblings)
        choice = self._chosen(newer, kept)
        if kept:
            return choice
        ahead = others_ahead(self.now, self.versions, siblings, self._is_eligible)
        if not ahead:
            return choice
        message = gone_on(self.now, ahead, can_follow=self._would_follow(ahead, siblings))
        return replace(choice, hold=ChoiceHold.LEFT_BEHIND, message=message)

    def _kept(self, newer: list[Version], siblings: Siblings) -> list[Version]:
        """Return the allowed versions, the best first; `follow` continues from each version to its successors."""
        kept = self._passing(newer, siblings)
        if not self.rules.follow:
            return kept
        if not kept:
            ahead = others_ahead(self.now, self.versions, siblings, self._is_eligible)
            following = self._limited(successors(self.now, ahead, siblings), siblings)
            kept = in_order_of_bases(self.now, following, siblings)
        if not kept:
            return kept
        onward = Evaluation(self.rules, kept[0], self.versions)
        further = onward._kept(onward._newer(), siblings)
        return [*further, *(version for version in kept if version not in further)]

    def _newer(self) -> list[Version]:
        """Return the newer versions, the newest first; equal ones are sorted by tag."""
        key = self.now.key
        newer = [version for version in self.versions if version.key > key]
        newer.sort(key=attrgetter("tag"))
        newer.sort(key=attrgetter("key"), reverse=True)
        return newer

    def _passing(self, newer: list[Version], siblings: Siblings) -> list[Version]:
        """Return the versions that no rule rejects, the best first."""
        evaluated = [*on_later_bases(self.now, self.versions, siblings), *newer] if self.rules.follow else newer
        limit = growth_limit(self.now, evaluated)
        low = never_lower(self.now, self.versions)
        # Most of thousands of tags belong to a few other families, all rejected unless a counter may grow.
        known = {} if limit else self.differences
        kept: list[Version] = []
        for version in evaluated:
            rejection = known.get(version.family) or self._rejection(version, limit, low=low)
            if rejection is None:
                kept.append(version)
            else:
                self.rejected[version.tag] = rejection
        kept = self._limited(kept, siblings)
        if self.rules.follow and len(kept) > 1:
            kept = in_order_of_bases(self.now, kept, siblings)
        return kept

    def _rejection(self, version: Version, limit: int, *, low: bool) -> str | None:
        """Return why the version is rejected, None if it is allowed."""
        now = self.now
        if version.family != now.family:
            unequal = self._difference(version.family)
            if unequal is not None and not (limit and is_grown(now, version, limit)):
                return unequal
        if len(now.numbers) > 1 and is_year(now.numbers[0]) and not is_year(version.numbers[0]):
            return f"{version.numbers[0]} is no year"
        if low and version.counters < now.counters and version.counters[0] > 1:
            return "a lower number behind the version, which may be another variant"
        return self.rules.limit(now, version)

    def _difference(self, family: Family) -> str | None:
        """Return how the family differs from that of the current tag, None if it may be followed."""
        found = self.differences.get(family)
        if found is None and not (self.rules.follow and is_on_later_base(family, self.now.family)):
            found = self.differences[family] = difference(self.now.family, family)
        return found

    def _is_eligible(self, version: Version) -> bool:
        return self.rules.limit(self.now, version) is None

    def _limited(self, kept: list[Version], siblings: Siblings) -> list[Version]:
        """Remove the lines that have ended, and those that `behind` excludes."""
        return self._behind(self._without_ended(kept, siblings))

    def _without_ended(self, kept: list[Version], siblings: Siblings) -> list[Version]:
        """Remove versions of other lines that are left behind."""
        if not kept:
            return kept
        ended = ended_lines(kept, self.now, siblings)
        worded = [version for version in self.versions if version.word]
        if not ended and not worded:
            return kept
        going_on: list[Version] = []
        for version in kept:
            further = ended_line_of(version, ended) if ended else None
            if further is None and worded and not going_on and version.numbers[:1] != self.now.numbers[:1]:
                further = ended_before_release(version, worded)
            if further is None:
                going_on.append(version)
            else:
                self.rejected[version.tag] = f"left behind: others have gone on to {further.tag}"
        return going_on

    def _behind(self, kept: list[Version]) -> list[Version]:
        """Remove the newest lines other than the current one."""
        if not self.rules.behind:
            return kept
        now = self.now.numbers
        places = min(len(now), max(self.rules.locked + 1, len(now) - 1))
        lines = sorted({version.numbers[:places] for version in kept} - {now[:places]}, reverse=True)
        newest = set(lines[: self.rules.behind])
        for version in kept:
            if version.numbers[:places] in newest:
                self.rejected[version.tag] = f"one of the {self.rules.behind} newest, which behind leaves out"
        return [version for version in kept if version.numbers[:places] not in newest]

    def _would_follow(self, ahead: list[Version], siblings: Siblings) -> bool:
        """Whether setting `variant: follow` would help."""
        if self.rules.follow:
            return False
        return is_on_later_base(ahead[0].family, self.now.family) or bool(successors(self.now, ahead, siblings))

    def _chosen(self, newer: list[Version], kept: list[Version]) -> Choice:
        """Return the choice with the allowed versions, the best first, and the other newer ones."""
        best = kept[0] if kept else None
        taken = {version.tag for version in kept}
        lines = [*kept, *(version for version in newer if version.tag not in taken)] if self.rules.follow else newer
        # One string for all: thousands of tags have few reasons.
        lesser = "" if best is None else describe_allowed("", best.tag)
        rejected = self.rejected
        reasons = {tag: lesser if tag in taken else rejected[tag] for tag in [version.tag for version in lines]}
        if best is not None:
            reasons[best.tag] = describe_allowed(best.tag, best.tag)
        evaluated_tags = tuple([_new_tuple(EvaluatedTag, (tag, tag in taken, why)) for tag, why in reasons.items()])
        crossing = tuple([version.tag for version in kept if version.numbers[0] != self.now.numbers[0]])
        return Choice(evaluated_tags, self.now, crossing)
