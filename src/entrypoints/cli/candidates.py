"""How candidates are printed, wherever tags were evaluated."""

from __future__ import annotations

from watch_cluster.domain.policy.policy import Target
from watch_cluster.domain.versions.choice import EvaluatedTag
from watch_cluster.domain.versions.strategy import VersionStrategy
from watch_cluster.domain.versions.version import InvalidVersion, Version
from watch_cluster.entrypoints.output.columns import columns, wrapped


def listed(evaluated_tags: tuple[EvaluatedTag, ...]) -> list[dict[str, object]]:
    """Write them for programs: the newest first."""
    return [{"tag": each.tag, "kept": each.kept, "reason": each.reason} for each in evaluated_tags]


def current_version(target: Target | None) -> Version | None:
    """The current tag as the strategy reads it, None when it is no version."""
    tag = None if target is None else target.image.effective_tag
    if target is None or tag is None:
        return None
    strategy = target.strategy
    try:
        return strategy.read(tag) if isinstance(strategy, VersionStrategy) else Version.parse(tag)
    except InvalidVersion:
        return None


def candidate_lines(current: Version | None, evaluated_tags: tuple[EvaluatedTag, ...], width: int) -> list[str]:
    """Return the current tag's parts and a table of the newer tags, for people."""
    lines = []
    if current is not None:
        read = "" if current.text == current.tag else f", of which tag-pattern reads {current.text}"
        parts = ", ".join(f"{name} {text}" for name, text in current.parts)
        lines = wrapped(f"tag {current}{read}: {parts}", width)
    rows = [(each.tag, "yes" if each.kept else "no", each.reason) for each in evaluated_tags]
    return [*lines, *columns(("TAG THAT LOOKS NEWER", "KEPT", "WHY"), rows, width)]
